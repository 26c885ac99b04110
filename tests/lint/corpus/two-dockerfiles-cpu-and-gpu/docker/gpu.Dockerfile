FROM nvidia/cuda:12.4.1-runtime-ubuntu22.04
RUN echo 'APT::Install-Recommends "false";' > /etc/apt/apt.conf.d/99no-recommends \
    && apt-get update && apt-get install -y python3.10 python3-pip && rm -rf /var/lib/apt/lists/*
RUN pip install torch==2.5.1 --index-url https://download.pytorch.org/whl/cu124 && rm -rf /root/.cache/pip
COPY requirements.txt /tmp/requirements.txt
RUN pip install --no-cache-dir -r /tmp/requirements.txt
COPY server /app/server
WORKDIR /app
USER 1000
HEALTHCHECK --start-period=2m --timeout=20s CMD ["python3", "-m", "server.probe"]
ENTRYPOINT python3 -m server
