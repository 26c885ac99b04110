FROM a
RUN    [   "one"  ,
CMD [
ENTRYPOINT  ["x"]
COPY [ "a b" ,"c" ]
RUN [ "echo", \
      "two" ]
