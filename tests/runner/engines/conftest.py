"""Environments with the libraries of engines, built once, and models made by those libraries."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from argosy_runner import engines
from tests.runner.conftest import Start
from tests.runner.replicas import Replica


@dataclass(frozen=True)
class Library:
    """An interpreter, and files that a program wrote there with the library itself."""

    python: Path
    folder: Path

    def expected(self, name: str) -> Any:
        """What the library itself answered."""
        return json.loads((self.folder / "expected.json").read_text())[name]


Environment = Callable[..., Path]
Serve = Callable[..., Replica]
Refusal = Callable[..., str]


@pytest.fixture(scope="session")
def environment(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """Make an environment with these engines' requirements but ``without`` some, and further."""

    def make(*names: str, further: tuple[str, ...] = (), without: tuple[str, ...] = ()) -> Path:
        folder = tmp_path_factory.mktemp(names[0]) / "environment"
        python = folder / "bin" / "python"
        wanted = {line for name in names for line in engines.requirements(name)} - {*without}
        # uv does not read pip's own setting, where a build of torch for CPUs may lie.
        links = os.environ.get("UV_FIND_LINKS") or os.environ.get("PIP_FIND_LINKS", "")
        where = {**os.environ, **({"UV_FIND_LINKS": links} if links else {})}
        subprocess.run(["uv", "venv", "-q", "--python", sys.executable, folder], check=True)
        subprocess.run(
            ["uv", "pip", "install", "-q", "--python", python, *sorted(wanted), *further],
            check=True,
            env=where,
        )
        return python

    return make


@pytest.fixture(scope="session")
def tables_python(environment: Environment) -> Path:
    """An interpreter with the engines for tables of numbers."""
    return environment("sklearn", "xgboost", "lightgbm", further=("pandas",))


@pytest.fixture(scope="session")
def torch_python(environment: Environment) -> Path:
    """An interpreter with torch and transformers; 2.13.0 exists as a wheel for CPUs alone."""
    return environment("torch", "transformers", further=("torch==2.13.0", "pillow"))


def make(python: Path, folder: Path, program: str) -> Library:
    """Run ``program`` in ``folder``: it writes models, and ``expected.json``."""
    (folder / "program.py").write_text(program)  # TorchScript reads the source of what it compiles
    ended = subprocess.run(
        [python, "program.py"], cwd=folder, check=False, capture_output=True, text=True
    )
    assert ended.returncode == 0, ended.stderr
    return Library(python, folder)


@pytest.fixture
def served(start: Start) -> Serve:
    """Serve a file of a library with an engine."""

    def begin(engine: str, library: Library, name: str, **settings: Any) -> Replica:
        weights = str(library.folder / name)
        replica = start(engine=engine, weights=weights, python=str(library.python), **settings)
        return replica.until_ready()

    return begin


@pytest.fixture
def refusal(start: Start) -> Refusal:
    """The reason for which weights are refused, which is one line."""

    def begin(engine: str, python: Path, weights: Path, **settings: Any) -> str:
        replica = start(engine=engine, weights=str(weights), python=str(python), **settings)
        assert replica.exit_code() == 1
        reason = replica.termination.read_text()
        assert "\n" not in reason.strip(), reason
        return reason

    return begin


def compare(replica: Replica, rows: list[Any], expected: list[Any]) -> None:
    """Each row alone, all rows of one request, and all at once are answered as expected."""
    assert replica.ask(rows[0]) == expected[0]
    assert replica.post({"inputs": rows}).json() == {"outputs": expected}
    answers = [answer.json() for answer in replica.ask_all(rows)]
    assert answers == [{"output": output} for output in expected]
