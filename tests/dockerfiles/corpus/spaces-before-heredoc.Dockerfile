FROM a
COPY << EOF /x
content
EOF
RUN cat <<A <<B
a
A
b
B
USER x
