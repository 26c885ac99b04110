FROM scratch AS a
ENV A=1
FROM a AS b
ENV B=${A}2
FROM b AS c
ENV C=${B}3
WORKDIR /c
FROM c
CMD ["$C"]
