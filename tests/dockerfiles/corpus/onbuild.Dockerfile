FROM python:3.11-slim
WORKDIR /srv
ONBUILD COPY requirements.txt .
ONBUILD RUN pip install --no-cache-dir -r requirements.txt && \
    rm requirements.txt
ONBUILD ENV MODEL=$NAME
onbuild entrypoint ["python", "serve.py"]
