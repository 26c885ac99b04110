"""A stack as a service of a Compose file: what Compose runs, and Compose itself."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.docker_engine import DockerEngine
from tests.scenarios.stack import ECHO, StackUnderTest

PROJECT = """
name: {name}
services:
  models:
    provider: {{type: argosy, options: {{stack: ./stack}}}}
  app:
    image: debian:bookworm-slim
    command: [sh, -c, 'echo "the models are at $$MODELS_URL"']
    depends_on: [models]
"""


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[StackUnderTest]:
    folder = tmp_path / "stack"
    folder.mkdir()
    made = StackUnderTest(folder)
    made.write("echo: {code: ./echo}", echo__model=ECHO)
    yield made
    made.end()


def told(stack: StackUnderTest, *arguments: str) -> tuple[int, list[dict[str, str]]]:
    """The exit code, and what Compose reads."""
    done = stack.argosy("compose", *arguments)
    return done.code, [json.loads(line) for line in done.out.splitlines()]


def test_compose_is_told_of_the_start_and_of_the_address(stack: StackUnderTest) -> None:
    code, lines = told(stack, "--project-name=p", "up", f"--stack={stack.folder}", "models")
    assert code == 0
    assert {"type": "setenv", "message": f"URL={stack.url}"} == lines[-1]
    kinds = {line["type"] for line in lines[:-1]}
    assert kinds == {"info"}
    assert any(line["message"].startswith("echo: ") for line in lines)
    assert "is this machine's alone" in lines[-2]["message"]
    assert stack.call("echo", 1).json() == {"output": 1}

    assert told(stack, "--project-name=p", "down", f"--stack={stack.folder}", "models") == (0, [])
    assert "Nothing of this stack runs" in stack.argosy("down").out


def test_an_error_is_told_as_one(stack: StackUnderTest) -> None:
    code, (error,) = told(stack, "--project-name=p", "up", "--stack=./nowhere", "models")
    assert code == 2
    assert error["type"] == "error"
    assert "no such file or folder" in error["message"]


def test_a_model_that_fails_is_an_error_with_its_own_words(stack: StackUnderTest) -> None:
    stack.put("echo/model.py", "raise RuntimeError('no luck')\n")
    code, lines = told(stack, "--project-name=p", "up", "models")
    assert code == 1
    assert lines[-1]["type"] == "error"
    assert "no luck" in lines[-1]["message"]


def test_compose_is_told_which_options_there_are(stack: StackUnderTest) -> None:
    code, (metadata,) = told(stack, "metadata")
    parameters: Any = metadata["up"]
    assert code == 0
    assert [one["name"] for one in parameters["parameters"]] == ["stack"]


@pytest.mark.docker
def test_compose_starts_and_stops_it_with_its_own_services(
    tmp_path: Path,
    stack: StackUnderTest,
    docker_engine: DockerEngine,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PATH", f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    (tmp_path / "compose.yaml").write_text(PROJECT.format(name=docker_engine.name))
    docker_engine.docker("compose", "up", "--detach", folder=tmp_path)
    assert stack.call("echo", 1).json() == {"output": 1}
    container = f"{docker_engine.name}-app-1"
    docker_engine.docker("wait", container)
    assert docker_engine.docker("logs", container) == f"the models are at {stack.url}\n"
    docker_engine.docker("compose", "down", folder=tmp_path)
    assert "Nothing of this stack runs" in stack.argosy("down").out
