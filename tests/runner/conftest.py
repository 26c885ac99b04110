"""Replicas that are ended with the test, and an environment for graphs."""

from __future__ import annotations

import itertools
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.runner.replicas import Replica, serving

ECHO = "class Model:\n    def predict(self, value):\n        return value\n"

Start = Callable[..., Replica]
Graph = Callable[[str], Path]


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start a replica of this model code with these settings."""
    replicas: list[Replica] = []
    run = Path(tempfile.mkdtemp(prefix="argosy-"))
    numbers = itertools.count()

    def begin(code: str | None = None, **settings: Any) -> Replica:
        name = str(next(numbers))
        for place in (tmp_path, run):
            (place / name).mkdir()
        replicas.append(Replica(tmp_path / name, run / name, code, **settings))
        return replicas[-1]

    yield begin
    for replica in replicas:
        replica.stop()
    shutil.rmtree(run)


@pytest.fixture
def serve(start: Start) -> Start:
    """`start`, and wait until it is ready."""

    def begin(code: str | None = None, **settings: Any) -> Replica:
        return start(code, **settings).until_ready()

    return begin


@pytest.fixture(scope="session")
def graph_python(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An interpreter with onnxruntime, numpy and onnx."""
    folder = tmp_path_factory.mktemp("graphs") / "environment"
    python = folder / "bin" / "python"
    subprocess.run(["uv", "venv", "-q", "--python", sys.executable, folder], check=True)
    subprocess.run(
        ["uv", "pip", "install", "-q", "--python", python, "onnxruntime", "numpy", "onnx"],
        check=True,
    )
    return python


@pytest.fixture
def graph(graph_python: Path, tmp_path: Path) -> Graph:
    """Make a graph in onnx's own textual syntax."""

    return lambda text: write_graph(graph_python, tmp_path / "graph.onnx", text)


def write_graph(python: Path, file: Path, text: str) -> Path:
    """``file``, of a graph in onnx's own textual syntax."""
    program = (
        "import sys, onnx.parser; m = onnx.parser.parse_model(sys.stdin.read());"
        "onnx.checker.check_model(m); open(sys.argv[1], 'wb').write(m.SerializeToString())"
    )
    header = '<ir_version: 8, opset_import: ["" : 17, "ai.onnx.ml" : 3]>\n'
    subprocess.run([python, "-c", program, file], input=(header + text).encode(), check=True)
    return file


@pytest.fixture(scope="module")
def echo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Replica]:
    """A replica that answers with its input."""
    with serving(tmp_path_factory.mktemp("echo"), ECHO) as replica:
        yield replica
