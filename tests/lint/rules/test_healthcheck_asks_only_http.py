from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.lint.files import lines, lint_files
from tests.lint.one_service import vllm

CODE = "AI307"
BASE = "FROM vllm/vllm-openai:v0.11.0\n"
SHALLOW = [
    "curl -f http://localhost:8000/health",
    "wget -qO- http://localhost:8000/health || exit 1",
    "python3 -c \"import urllib.request as u; u.urlopen('http://localhost:8000/health')\"",
    "python3 -c \"import requests; assert requests.get('http://l/health').json()['ok']\"",
    "curl -s http://localhost:8000/v1/models | jq -e .data",
    "nc -z localhost 8000",
    "bash -c '</dev/tcp/localhost/8000'",
    "ollama list",
    "grpc_health_probe -addr=:8001",
]
ASKING = [
    "python3 /probes/ask.py",
    "curl -f http://localhost:8000/v1/chat/completions -d '{}'",
    "curl -f --json '{}' http://localhost:8000/v1/chat/completions",
    "wget -qO- --post-data='{}' http://localhost:8000/v1/chat/completions",
    "python3 -c \"import urllib.request as u; u.urlopen('http://l/predict', b'{}')\"",
    "python3 -c \"import requests; requests.post('http://l/predict', json={})\"",
    "python3 -c \"import json, urllib.request as u; assert json.load(u.urlopen('http://l/predict?q=1'))['y']\"",
]


@pytest.mark.parametrize("test", SHALLOW)
def test_what_fetches_a_page_or_opens_a_port_is_told(tmp_path: Path, test: str) -> None:
    text = vllm(f"healthcheck:\n  test: {json.dumps(test)}")
    assert lines(lint_files(tmp_path, {"compose.yaml": text}, CODE)) == [("compose.yaml", 5)]
    image = {"Dockerfile": f"{BASE}HEALTHCHECK CMD {test}\n"}
    assert lines(lint_files(tmp_path / "image", image, CODE)) == [("Dockerfile", 2)]


@pytest.mark.parametrize("test", ASKING)
def test_what_puts_a_question_is_fine(tmp_path: Path, test: str) -> None:
    text = vllm(f"healthcheck:\n  test: {json.dumps(test)}")
    image = f"{BASE}HEALTHCHECK CMD {test}\n"
    files = {"compose.yaml": text, "image/Dockerfile": image}
    assert not lint_files(tmp_path, files, CODE).found


def test_the_page_is_named(tmp_path: Path) -> None:
    text = vllm('healthcheck: {test: ["CMD", "curl", "-f", "http://localhost:8000/health"]}')
    found = lint_files(tmp_path, {"compose.yaml": text}, CODE).found
    what = "this health check sees only that `/health` answers, not whether the model does"
    assert [one.finding.what for one in found] == [what]


def test_a_check_that_is_off_or_replaced_by_all_services_is_left_alone(tmp_path: Path) -> None:
    files = {
        "compose.yaml": """
            services:
              a: {build: ., healthcheck: {test: "python3 ask.py"}}
              b: {build: ., healthcheck: {disable: true}}
            """,
        "Dockerfile": f"{BASE}HEALTHCHECK CMD curl -f http://localhost:8000/health\n",
    }
    assert not lint_files(tmp_path, files, CODE).found
