# first
  # indented
FROM alpine:3.20
# between = FROM x
RUN a && \
# at the margin
    # deeper
    b && \
    # last
    c
#
