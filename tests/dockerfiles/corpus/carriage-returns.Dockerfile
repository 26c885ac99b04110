FROM python:3.11
RUN pip install a \
  # why
  b
COPY <<EOF /x
line
EOF
CMD ["a"]
