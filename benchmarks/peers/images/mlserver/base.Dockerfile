# In place of seldonio/mlserver:<version>-slim, where its registry is out of reach: MLServer from the
# package index on the base that all sides have. The real one has a conda and is larger.
FROM python:3.11-slim
WORKDIR /opt/mlserver
ENV MLSERVER_MODELS_DIR=/mnt/models PATH=/opt/mlserver/.local/bin:$PATH
COPY requirements.txt .
RUN pip install --no-cache-dir --no-deps -r requirements.txt && rm requirements.txt
COPY hack ./hack
USER 1000
