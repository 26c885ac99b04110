"""That the engine, which other tests rely on, builds, reaches the package index, and runs."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest

from tests.docker_engine import PYTHON_IMAGE, UV_IMAGE, DockerEngine

pytestmark = pytest.mark.docker

DOCKERFILE = f"""\
FROM {PYTHON_IMAGE}
COPY --from={UV_IMAGE} /uv /bin/uv
ARG UV_INDEX UV_DEFAULT_INDEX UV_INDEX_URL PIP_INDEX_URL
RUN --mount=type=cache,target=/root/.cache/uv uv pip install --system six==1.17.0
RUN --mount=type=cache,target=/root/.cache/pip pip install iniconfig==2.1.0
COPY server.py /
CMD ["python3", "/server.py"]
"""

SERVER = """\
import http.server, iniconfig, six

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(six.__version__.encode())

http.server.HTTPServer(("", 8000), Handler).serve_forever()
"""

COMPOSE = """\
services:
  server:
    image: {image}
    ports: ["127.0.0.1::8000"]
    networks: [inside, outside]
    init: true
    mem_limit: 64m
    healthcheck:
      test: [CMD, python3, -c, "import urllib.request as r; r.urlopen('http://127.0.0.1:8000')"]
      interval: 10s
      start_period: 60s
      start_interval: 100ms
networks:
  inside: {{internal: true}}
  outside: {{}}
"""


def test_an_image_reaches_the_index_and_its_service_becomes_healthy(
    docker_engine: DockerEngine, tmp_path: Path
) -> None:
    (tmp_path / "Dockerfile").write_text(DOCKERFILE)
    (tmp_path / "server.py").write_text(SERVER)
    image = docker_engine.build(tmp_path)
    (tmp_path / "compose.yaml").write_text(COMPOSE.format(image=image))

    docker_engine.compose("up", "--detach", "--wait", folder=tmp_path)

    server = docker_engine.services(tmp_path)["server"]
    assert (server["State"], server["Health"], server["Image"]) == ("running", "healthy", image)
    (port,) = server["Publishers"]
    assert port["URL"] == "127.0.0.1"
    answer = httpx.get(f"http://127.0.0.1:{port['PublishedPort']}")
    assert (answer.status_code, answer.text) == (200, "1.17.0")
    (described,) = json.loads(docker_engine.docker("inspect", server["ID"]))
    assert described["HostConfig"]["Memory"] == 64 << 20


def test_nothing_is_left_of_a_test(docker_engine: DockerEngine, tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text(f'FROM {PYTHON_IMAGE}\nCMD ["python3", "-m", "this"]\n')
    image = docker_engine.build(tmp_path)
    (tmp_path / "compose.yaml").write_text(
        f"services: {{one: {{image: {image}, volumes: [kept:/kept]}}}}\nvolumes: {{kept: }}\n"
    )
    docker_engine.compose("up", "--detach", folder=tmp_path)
    assert set(docker_engine.remains()) == {"container", "network", "volume", "image"}

    docker_engine.remove()

    assert docker_engine.remains() == {}
