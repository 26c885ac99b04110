FROM python:3.11-slim
ENV PIP_NO_CACHE_DIR=1
RUN pip install torch==2.5.1 --index-url https://download.pytorch.org/whl/cpu
COPY requirements.txt /tmp/requirements.txt
RUN pip install -r /tmp/requirements.txt
COPY server /app/server
WORKDIR /app
USER 1000
HEALTHCHECK --start-period=2m --timeout=20s CMD ["python", "-m", "server.probe"]
CMD ["python", "-m", "server"]
