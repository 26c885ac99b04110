"""A team's own Compose file: imported, it runs and answers at the address that callers know."""

from __future__ import annotations

import httpx

from tests.scenarios.stack import StackUnderTest

COMPOSE = """
services:
  shout:
    build: ./app
    ports: ["{port}:8000"]
    environment: {{GREETING: hi, MARK: "${{MARK:-!}}"}}
    healthcheck: {{test: "curl -f http://localhost:8000/healthz || exit 1"}}
"""
DOCKERFILE = """
FROM python:3.11-slim
WORKDIR /app
COPY . .
RUN pip install -r requirements.txt
CMD ["uvicorn", "main:app", "--host", "0.0.0.0", "--port", "8000", "--no-access-log"]
"""
APP = """
import json, os

async def app(scope, receive, send):
    if scope["type"] != "http":
        return
    body, more = b"", scope["method"] == "POST"
    while more:
        message = await receive()
        body, more = body + message["body"], message.get("more_body", False)
    text = os.environ["GREETING"] + body.decode().upper() + os.environ["MARK"]
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await send({"type": "http.response.body", "body": text.encode()})
"""


def test_an_imported_program_answers_where_it_did(stack: StackUnderTest) -> None:
    stack.put("compose.yaml", COMPOSE.format(port=stack.port))
    stack.put("app/Dockerfile", DOCKERFILE)
    stack.put("app/main.py", APP)
    stack.put("app/requirements.txt", "uvicorn\n")
    imported = stack.argosy("import")
    assert imported.code == 0, imported.err
    started = stack.argosy("up", "-d", "--platform", "process")
    assert started.code == 0, started.err + stack.logs()
    answer = httpx.post(f"{stack.url}/models/shout/anything", content=b"there")
    assert answer.text == "hiTHERE!"
