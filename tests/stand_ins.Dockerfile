# Images that tests build from and start, for machines that reach no registry: of Debian's packages,
# in the shape of the images whose names they bear. scripts/docker makes them.

FROM argosy/bookworm AS debian
COPY <<END /etc/dpkg/dpkg.cfg.d/slim
path-exclude /usr/share/doc/*
path-exclude /usr/share/man/*
path-exclude /usr/share/locale/*
END
# Whom this machine trusts, builds trust too: what stands before the package index may sign for it.
ARG CERTIFICATES
COPY --from=certificates $CERTIFICATES /etc/ssl/certs/ca-certificates.crt
ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt \
    REQUESTS_CA_BUNDLE=/etc/ssl/certs/ca-certificates.crt
CMD ["bash"]

# Debian's Python, where python:3.11-slim has one of its own in /usr/local; pip is that of its venvs.
FROM debian AS python
RUN --mount=type=cache,target=/var/cache/apt --mount=type=cache,target=/var/lib/apt,sharing=locked \
    apt-get update --quiet=2 \
    && apt-get install --quiet=2 --yes --no-install-recommends python3 python3-venv > /dev/null \
    && rm /usr/lib/python3*/EXTERNALLY-MANAGED \
    && set -- /usr/share/python-wheels/pip-*.whl \
    && python3 "$1/pip" install --quiet --no-index --root-user-action ignore "$1" \
    && ln -s /usr/bin/python3 /usr/local/bin/python3 \
    && ln -s python3 /usr/local/bin/python
CMD ["python3"]

FROM scratch AS uv
COPY --from=programs uv uvx /
