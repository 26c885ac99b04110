from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.lint.files import lines, lint_files, mended
from tests.lint.one_service import vllm

CODE = "AI309"
CURL = 'healthcheck: {test: ["CMD", "curl", "-f", "http://localhost:8000/"]}'
SLIM = "FROM python:3.12-slim\nRUN pip install torch==2.8.0\n"
URLLIB = [
    "python3", "-c", "import urllib.request as u; u.urlopen('http://localhost:8000/', timeout=5)",
]  # fmt: skip


@pytest.mark.parametrize(
    "check",
    [
        CURL,
        "healthcheck: {test: curl -f http://localhost:11434/ || exit 1}",
        "healthcheck: {test: [CMD-SHELL, 'true && /usr/bin/curl -f http://localhost:11434']}",
        "healthcheck: {test: [CMD, sh, -c, 'curl -f http://localhost:11434']}",
        "healthcheck: {test: [CMD, wget, -q, 'http://localhost:11434']}",
    ],
)
def test_a_program_that_the_image_is_known_to_lack_is_told(tmp_path: Path, check: str) -> None:
    text = vllm(check, "ollama/ollama:0.12.6")
    report = lint_files(tmp_path, {"compose.yaml": text}, CODE)
    assert lines(report) == [("compose.yaml", 4)]
    assert "is not in `ollama/ollama:0.12.6`" in report.found[0].finding.what


@pytest.mark.parametrize(
    "image", ["vllm/vllm-openai:v0.11.0", "ghcr.io/ggml-org/llama.cpp:server", "my/model-server:1"]
)
def test_images_that_have_it_and_unknown_ones_are_fine(tmp_path: Path, image: str) -> None:
    assert not lint_files(tmp_path, {"compose.yaml": vllm(CURL, image)}, CODE).found


@pytest.mark.parametrize(
    "having",
    [
        "RUN apt-get update && apt-get install -y curl",
        "COPY --from=curlimages/curl:8 /usr/bin/curl /usr/bin/curl",
    ],
)
def test_what_is_installed_or_copied_is_there(tmp_path: Path, having: str) -> None:
    files = {
        "compose.yaml": f"services:\n  api:\n    build: .\n    {CURL}\n",
        "Dockerfile": f"FROM python:3.12-slim AS base\n{having}\nFROM base\nRUN pip install torch",
    }
    assert not lint_files(tmp_path, files, CODE).found


def test_what_another_stage_installs_is_not(tmp_path: Path) -> None:
    files = {
        "compose.yaml": f"services:\n  api:\n    build: .\n    {CURL}\n",
        "Dockerfile": f"FROM python:3.12-slim AS build\nRUN apt-get install -y curl\n{SLIM}",
    }
    assert lines(lint_files(tmp_path, files, CODE)) == [("compose.yaml", 4)]


def test_the_check_of_an_image_is_told_and_mended_there(tmp_path: Path) -> None:
    check = "HEALTHCHECK --interval=9s \\\n  CMD curl -f http://localhost:8000/ || exit 1"
    report = lint_files(tmp_path, {"Dockerfile": f"{SLIM}{check}\nUSER 1\n"}, CODE)
    assert lines(report) == [("Dockerfile", 3)]
    new = f"HEALTHCHECK --interval=9s \\\n  CMD {json.dumps(URLLIB)}\nUSER 1\n"
    assert mended(tmp_path, CODE, unsafe=True) == {"Dockerfile": SLIM + new}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (CURL, f"healthcheck: {{test: {json.dumps(['CMD', *URLLIB])}}}"),
        (
            "healthcheck:\n  test: curl -f http://localhost:8000/ || exit 1  # asks",
            f"healthcheck:\n  test: {json.dumps(['CMD', *URLLIB])}  # asks",
        ),
        (
            "healthcheck:\n  test:\n    - CMD\n    - curl\n    - http://localhost:8000/\n  retries: 3",  # noqa: E501
            "healthcheck:\n  test:\n"
            + "".join(f"    - {json.dumps(one)}\n" for one in ["CMD", *URLLIB])
            + "  retries: 3",
        ),
    ],
)
def test_python_asks_in_the_place_of_curl(tmp_path: Path, before: str, after: str) -> None:
    image = "python:3.12-slim"
    label = "labels: {argosy.lint.model: 'true'}\n"
    lint_files(tmp_path, {"compose.yaml": vllm(label + before, image)})
    assert mended(tmp_path, CODE, unsafe=True) == {"compose.yaml": vllm(label + after, image)}


@pytest.mark.parametrize(
    "test",
    [
        "curl -f http://localhost:8000/ -d a=1",
        "curl -f http://localhost:$$PORT/",
        "curl http://a/ || curl http://b/",
        "curl http://localhost:8000/ | grep ok",
    ],
)
def test_what_does_more_than_fetch_is_not_edited(tmp_path: Path, test: str) -> None:
    text = vllm(
        f"labels: {{argosy.lint.model: 'true'}}\nhealthcheck: {{test: {json.dumps(test)}}}",
        "python:3.12-slim",
    )
    assert lint_files(tmp_path, {"compose.yaml": text}, CODE).found
    assert mended(tmp_path, CODE, unsafe=True) == {"compose.yaml": text}
