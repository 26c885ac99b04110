# syntax=docker/dockerfile:1.7
ARG CUDA_VERSION=12.4.1
ARG PYTHON_VERSION=3.12

FROM nvidia/cuda:${CUDA_VERSION}-devel-ubuntu22.04 AS base
ARG PYTHON_VERSION
ENV DEBIAN_FRONTEND=noninteractive
RUN --mount=type=cache,target=/var/cache/apt,sharing=locked \
    apt-get update -y \
    && apt-get install -y --no-install-recommends python${PYTHON_VERSION} python${PYTHON_VERSION}-dev git \
    && rm -rf /var/lib/apt/lists/*
WORKDIR /workspace

FROM base AS build
COPY requirements/ requirements/
# the wheel alone goes on to the next stage
RUN --mount=type=cache,target=/root/.cache/uv \
    --mount=type=bind,source=.git,target=.git \
    uv pip install --system -r requirements/build.txt && \
    python3 setup.py bdist_wheel --dist-dir=dist

FROM nvidia/cuda:${CUDA_VERSION}-base-ubuntu22.04 AS serve
RUN --mount=type=bind,from=build,src=/workspace/dist,target=/dist \
    uv pip install --system /dist/*.whl --verbose
ENV VLLM_USAGE_SOURCE=production-docker-image \
    HF_HOME=/models
EXPOSE 8000/tcp
ENTRYPOINT ["python3", "-m", "vllm.entrypoints.openai.api_server"]
CMD ["--model", "facebook/opt-125m", "--port", "8000"]
