FROM python:3.11-slim AS requirements
WORKDIR /tmp
RUN pip install poetry==1.8.3
COPY ./pyproject.toml ./poetry.lock* /tmp/
RUN poetry export -f requirements.txt --output requirements.txt --without-hashes
FROM python:3.11-slim
COPY --from=requirements /tmp/requirements.txt /code/requirements.txt
RUN pip install --no-cache-dir -r /code/requirements.txt
STOPSIGNAL SIGINT
CMD exec gunicorn -k uvicorn.workers.UvicornWorker -b :${PORT:-8080} app:app
