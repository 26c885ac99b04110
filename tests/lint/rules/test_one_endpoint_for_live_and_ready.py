from __future__ import annotations

from pathlib import Path

import pytest

from tests.lint.files import lines, lint_files

CODE = "AI310"
APP = "import torch\nfrom fastapi import FastAPI\napp = FastAPI()\n"


def route(path: str, decorator: str = "app.get") -> str:
    return f'\n@{decorator}("{path}")\nasync def answer() -> str:\n    return "ok"\n'


@pytest.mark.parametrize("path", ["/health", "/healthz", "/api/health", "/v1/ping", "/live"])
def test_a_program_with_one_route_for_both_is_told(tmp_path: Path, path: str) -> None:
    text = APP + route("/predict", "app.post") + route(path)
    report = lint_files(tmp_path, {"app.py": text}, CODE)
    assert lines(report) == [("app.py", 9)]
    assert f"`{path}`" in report.found[0].finding.what


@pytest.mark.parametrize(
    "routes",
    [
        route("/health") + route("/ready"),
        route("/healthz") + route("/readyz"),
        route("/health/live") + route("/health/ready"),
        route("/predict", "app.post"),
    ],
)
def test_two_routes_and_none_are_fine(tmp_path: Path, routes: str) -> None:
    assert not lint_files(tmp_path, {"app.py": APP + routes}, CODE).found


@pytest.mark.parametrize(
    "text",
    [
        "import httpx\nfrom fastapi import FastAPI\napp = FastAPI()\n" + route("/health"),
        "import torch\n# @app.get('/health')\n",
        APP + "@app.get('/health'\n",
    ],
)
def test_what_holds_no_model_serves_nothing_or_is_no_python_is_left_alone(
    tmp_path: Path, text: str
) -> None:
    assert not lint_files(tmp_path, {"app.py": text}, CODE).found


def test_the_programs_of_an_image_are_looked_at_together_and_once(tmp_path: Path) -> None:
    dockerfile = "FROM python:3.12-slim\nRUN pip install torch\nCOPY src/ /app/\n"
    files = {
        "a/Dockerfile": dockerfile,
        "a/src/main.py": APP + route("/health"),
        "a/src/probes.py": "from fastapi import APIRouter\nrouter = APIRouter()\n"
        + route("/ready", "router.get"),
        "docker/compose.yaml": """
            services:
              one: {build: {context: ../b, dockerfile: Dockerfile}}
              two: {build: {context: ./../b, dockerfile: ../b/Dockerfile}}
            """,
        "b/Dockerfile": dockerfile,
        "b/src/main.py": APP + route("/health"),
    }
    assert lines(lint_files(tmp_path, files, CODE)) == [("main.py", 5)]
