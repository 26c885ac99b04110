"""Replicas that every test here asks, and tritonclient on both of their addresses."""

from __future__ import annotations

import itertools
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.ports import free_port
from tests.runner.conftest import write_graph
from tests.runner.replicas import Replica

ONNX = {
    "BOOL": "bool", "INT8": "int8", "INT16": "int16", "INT32": "int32", "INT64": "int64",
    "UINT8": "uint8", "UINT16": "uint16", "UINT32": "uint32", "UINT64": "uint64",
    "FP16": "float16", "FP32": "float", "FP64": "double", "BYTES": "string",
}  # fmt: skip
"""The datatypes that onnxruntime serves, and their names in onnx's textual syntax."""

EVERY = (
    f"g ({', '.join(f'{kind}[N, 2] {name}' for name, kind in ONNX.items())})"
    f" => ({', '.join(f'{kind}[N, 2] {name}_OUT' for name, kind in ONNX.items())})"
    f" {{ {' '.join(f'{name}_OUT = Identity ({name})' for name in ONNX)} }}"
)
FREE = "g (float[N, L] x) => (float[N, L] y, float[N, L] log) { y = Add (x, x) log = Log (x) }"
FIXED = "g (float x, int64[2, 3] m) => (float y, int64[2, 3] n) { y = Add (x, x) n = Identity (m) }"

Serve = Callable[..., Replica]


@pytest.fixture(scope="session")
def serve_anew(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Serve]:
    """Start a replica of this model code on ports of its own, for all tests."""
    replicas: list[Replica] = []
    run = Path(tempfile.mkdtemp(prefix="argosy-"))
    numbers = itertools.count()

    def begin(code: str | None = None, **settings: Any) -> Replica:
        place = run / str(next(numbers))
        place.mkdir()
        folder = tmp_path_factory.mktemp("replica")
        told = {"port": free_port(), "grpc_listen": f"unix:{place}/g", **settings}
        replicas.append(Replica(folder, place, code, **told))
        return replicas[-1].until_ready()

    yield begin
    for replica in replicas:
        replica.stop()
    shutil.rmtree(run)


@pytest.fixture(scope="session")
def serve_graph(
    serve_anew: Serve, graph_python: Path, tmp_path_factory: pytest.TempPathFactory
) -> Serve:
    def begin(text: str, **settings: Any) -> Replica:
        file = tmp_path_factory.mktemp("graph") / "graph.onnx"
        weights = write_graph(graph_python, file, text)
        return serve_anew(engine="onnx", weights=str(weights), python=str(graph_python), **settings)

    return begin


@pytest.fixture(scope="session")
def every(serve_graph: Serve) -> Replica:
    """An input and an output of every datatype, [-1, 2]."""
    return serve_graph(EVERY)


@pytest.fixture(scope="session")
def free(serve_graph: Serve) -> Replica:
    """x [-1, -1] doubled, and its logarithm."""
    return serve_graph(FREE)


@pytest.fixture(scope="session")
def fixed(serve_graph: Serve) -> Replica:
    """No batch dimension: a number and a matrix."""
    return serve_graph(FIXED)
