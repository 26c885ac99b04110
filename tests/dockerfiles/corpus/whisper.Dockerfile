FROM nvidia/cuda:12.3.2-cudnn9-runtime-ubuntu22.04
ENV PYTHONUNBUFFERED=1 \
    PIP_NO_CACHE_DIR=off
RUN set -eux; \
	apt-get update; \
	apt-get install -y --no-install-recommends ffmpeg python3-pip; \
	rm -rf /var/lib/apt/lists/*
RUN python3 -m pip install faster-whisper==1.0.3 && python3 -c "from faster_whisper import WhisperModel; WhisperModel('base')"
WORKDIR /root
CMD ["bash", "-c", "python3 serve.py --port ${PORT:-9000}"]
