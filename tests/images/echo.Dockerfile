# echo r2, written by `argosy build`. See docs/images.md.
FROM ghcr.io/astral-sh/uv:0.9.5 AS uv
FROM python:3.11-slim@sha256:aaaa AS base

FROM base AS tools
USER root
ENV SOURCE_DATE_EPOCH=315532800 \
    PYC_INVALIDATION_MODE=UNCHECKED_HASH \
    SSL_CERT_FILE=/etc/ssl/certs/ca-certificates.crt \
    UV_COMPILE_BYTECODE=1 \
    UV_LINK_MODE=copy \
    UV_NO_PROGRESS=1 \
    UV_PYTHON_DOWNLOADS=never

# The runner, which is the same in every image.
FROM tools AS runner
RUN --mount=from=uv,source=/uv,target=/usr/local/bin/uv \
    --mount=type=cache,target=/root/.cache/uv \
    --mount=type=tmpfs,target=/run/uv \
    --mount=type=secret,id=uv \
    --mount=type=bind,source=runner.lock,target=/context/runner.lock \
    --mount=type=bind,source=runner,target=/context/runner <<END
set -eu
[ ! -e /run/secrets/uv ] || . /run/secrets/uv
uv venv --quiet --no-project --python 3.11 /runner
uv pip sync --strict --require-hashes --python /runner /context/runner.lock
cp -R /context/runner/. /runner/lib/python3.11/site-packages
chmod -R u=rwX,go=rX /runner/lib/python3.11/site-packages/argosy_runner*
/runner/bin/python -m compileall -qq --invalidation-mode unchecked-hash /runner/lib/python3.11/site-packages/argosy_runner
find /runner -exec touch -hd @315532800 {} +
END

# The environment of the model.
FROM tools AS environment
RUN --mount=from=uv,source=/uv,target=/usr/local/bin/uv \
    --mount=type=cache,target=/root/.cache/uv \
    --mount=type=tmpfs,target=/run/uv \
    --mount=type=secret,id=uv \
    --mount=type=bind,source=requirements.txt,target=/context/requirements.txt <<END
set -eu
[ ! -e /run/secrets/uv ] || . /run/secrets/uv
uv venv --quiet --no-project --python 3.11 /environment
uv pip sync --strict --index-strategy unsafe-best-match --require-hashes --python /environment /context/requirements.txt
find /environment -exec touch -hd @315532800 {} +
END

# Its code, and what the runner is told.
FROM environment AS model
RUN --mount=type=bind,source=settings.json,target=/context/settings.json \
    --mount=type=bind,source=code,target=/context/code <<END
set -eu
cp -R /context/code /code
/environment/bin/python -m compileall -qq --invalidation-mode unchecked-hash /code || true
cp /context/settings.json /settings.json
chmod -R u=rwX,go=rX /settings.json /code
find /settings.json /code -exec touch -hd @315532800 {} +
END

# The image.
FROM base
COPY --from=runner /runner /runner
COPY --from=environment /environment /environment
COPY --from=model /code /code
COPY --from=model /settings.json /settings.json
ENV HOME=/tmp
LABEL org.opencontainers.image.title=echo \
    org.opencontainers.image.version=r2 \
    argosy.model=echo \
    argosy.revision=r2 \
    argosy.digest=d1d1
USER 10001:10001
WORKDIR /
EXPOSE 8000 9000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=5s --start-period=120s --start-interval=1s \
    CMD ["/runner/bin/python", "-I", "-m", "argosy_runner.healthcheck", "/settings.json"]
ENTRYPOINT ["/runner/bin/python", "-m", "argosy_runner", "/settings.json"]
CMD []
