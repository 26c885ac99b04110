ARG BASE=nvcr.io/nvidia/tritonserver:24.05-py3
FROM ${BASE}
LABEL maintainer="ml team" \
      org.opencontainers.image.source=https://example.com/models
RUN pip3 install --no-cache-dir torch==2.3.0 \
                                transformers==4.41.0
COPY model_repository /models
EXPOSE 8000 8001 8002
HEALTHCHECK --interval=10s --timeout=3s --start-period=120s --retries=3 \
  CMD curl --fail http://localhost:8000/v2/health/ready || exit 1
CMD ["tritonserver", "--model-repository=/models", "--strict-model-config=false"]
