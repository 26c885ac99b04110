"""A stack of one model behind the gateway, beside nginx before FastAPI."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Literal

from benchmarks import servers
from benchmarks.load import Effort, compare, need
from benchmarks.question import same_answer, write_question
from benchmarks.report import Line, compared
from benchmarks.stack import Started, write_digits

TITLE = "Whole path against nginx + FastAPI, at 32, 128 and 1 connections"
THROUGHPUT_AT_32 = 2.5
THROUGHPUT_AT_128 = 3.0


def measure(effort: Effort) -> list[Line]:
    """Raises `ArgosyError` when a part is missing or the two sides answer differently."""
    need("wrk", "nginx")
    with tempfile.TemporaryDirectory(prefix="argosy-bench-") as name:
        folder = Path(name)
        body = write_question(folder)
        with _argosy(folder) as argosy:
            with _nginx(folder, "tcp") as peer:
                same_answer(argosy, peer, body)
                at_32, at_128, at_1 = (
                    compare(argosy, peer, body, connections, effort) for connections in (32, 128, 1)
                )
            with _nginx(folder, "unix") as peer:
                over_unix = [compare(argosy, peer, body, one, effort) for one in (32, 128)]
    return [
        *compared(at_32, throughput=THROUGHPUT_AT_32),
        *compared(at_128, throughput=THROUGHPUT_AT_128),
        *compared(at_1),
        *(
            line.named(f"{line.what}, unix peer")
            for found in over_unix
            for line in compared(found)[:1]
        ),
    ]


@contextlib.contextmanager
def _argosy(folder: Path) -> Iterator[str]:
    port = servers.free_port()
    write_digits(folder, "bench", port)
    stack = Started(folder)
    stack.up()
    try:
        yield f"http://127.0.0.1:{port}/api/digits"
    finally:
        stack.down()


@contextlib.contextmanager
def _nginx(folder: Path, network: Literal["tcp", "unix"]) -> Iterator[str]:
    """nginx reaches FastAPI as it does in a Compose file, or by the shorter way."""
    port = servers.free_port()
    if network == "tcp":
        inner = servers.free_port()
        listen, upstream = ("--port", str(inner)), f"127.0.0.1:{inner}"
    else:
        socket = folder / "fastapi.sock"
        listen, upstream = ("--uds", str(socket)), f"unix:{socket}"
    with servers.fastapi(folder, *listen), servers.nginx(folder, port, upstream):
        servers.until_ready(f"http://127.0.0.1:{port}/ready", folder / "fastapi.log")
        yield f"http://127.0.0.1:{port}/predict"
