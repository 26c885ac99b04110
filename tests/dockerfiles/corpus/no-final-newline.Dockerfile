FROM scratch
COPY model /model
CMD ["/model"]