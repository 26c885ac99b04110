FROM python:3.12-slim-bookworm
COPY --from=ghcr.io/astral-sh/uv:0.5.4 /uv /uvx /bin/
ADD . /app
WORKDIR /app
ENV UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy
RUN --mount=type=cache,target=/root/.cache/uv \
    --mount=type=bind,source=uv.lock,target=uv.lock \
    --mount=type=bind,source=pyproject.toml,target=pyproject.toml \
    uv sync --frozen --no-install-project
ENV PATH="/app/.venv/bin:$PATH"
CMD ["uv", "run", "serve"]
