"""A stack of one model behind the gateway, beside nginx before FastAPI."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks import servers
from benchmarks.load import Effort, compare, need
from benchmarks.question import same_answer, write_question
from benchmarks.report import Line, compared
from benchmarks.stack import Started

TITLE = "Whole path against nginx + FastAPI, at 32, 128 and 1 connections"
THROUGHPUT_AT_32 = 2.5
THROUGHPUT_AT_128 = 3.0
STACK = """\
name: bench
models:
  digits:
    engine: onnx
    weights: {weights}
    batch: {{max_size: 64}}
    resources: {{cpus: 1}}
gateway:
  listen: 127.0.0.1:{port}
"""


def measure(effort: Effort) -> list[Line]:
    """Raises `ArgosyError` when a part is missing or the two sides answer differently."""
    need("wrk", "nginx")
    with tempfile.TemporaryDirectory(prefix="argosy-bench-") as name:
        folder = Path(name)
        body = write_question(folder)
        with _argosy(folder) as argosy, _nginx(folder) as peer:
            same_answer(argosy, peer, body)
            at_32, at_128, at_1 = (
                compare(argosy, peer, body, connections, effort) for connections in (32, 128, 1)
            )
    return [
        *compared(at_32, throughput=THROUGHPUT_AT_32),
        *compared(at_128, throughput=THROUGHPUT_AT_128),
        *compared(at_1),
    ]


@contextlib.contextmanager
def _argosy(folder: Path) -> Iterator[str]:
    port = servers.free_port()
    (folder / "argosy.yaml").write_text(STACK.format(weights=servers.DIGITS, port=port))
    stack = Started(folder)
    stack.up()
    try:
        yield f"http://127.0.0.1:{port}/api/digits"
    finally:
        stack.down()


@contextlib.contextmanager
def _nginx(folder: Path) -> Iterator[str]:
    port, socket = servers.free_port(), folder / "fastapi.sock"
    with servers.fastapi(folder, "--uds", str(socket)), servers.nginx(folder, port, socket):
        servers.until_ready(f"http://127.0.0.1:{port}/ready", folder / "fastapi.log")
        yield f"http://127.0.0.1:{port}/predict"
