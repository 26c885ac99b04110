"""A runner with its isolated worker, beside other model servers, each with one worker."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

from benchmarks import servers
from benchmarks.load import Effort, compare, need
from benchmarks.question import same_label, write_question, write_questions
from benchmarks.report import Line, compared

TITLE = "Runner against MLServer, LitServe and BentoML, at 32 connections and at 1"
THROUGHPUT_AT_32 = {"mlserver": 9.0, "litserve": 14.0, "bentoml": 15.0}


def measure(effort: Effort) -> list[Line]:
    """Raises `ArgosyError` when a part is missing or two sides answer differently."""
    need("wrk")
    lines = []
    for name, at_least in THROUGHPUT_AT_32.items():
        with tempfile.TemporaryDirectory(prefix="argosy-bench-") as place:
            lines += _against(name, Path(place), at_least, effort)
    return lines


def _against(name: str, folder: Path, at_least: float, effort: Effort) -> list[Line]:
    body = write_question(folder)
    peer_body = write_questions(folder).get(name, body)
    port = servers.free_port()
    argosy = f"http://127.0.0.1:{port}"
    with servers.runner(folder, port), _peer(name, folder) as url:
        servers.until_ready(f"{argosy}/ready", folder / "runner.log")
        same_label(f"{argosy}/predict", body, name, url, peer_body)
        at_32, at_1 = (
            compare(f"{argosy}/predict", url, body, connections, effort, peer_body)
            for connections in (32, 1)
        )
    lines = [*compared(at_32, throughput=at_least)[:2], *compared(at_1)[1:2]]
    return [line.named(f"{name}: {line.what}") for line in lines]


@contextlib.contextmanager
def _peer(name: str, folder: Path) -> Iterator[str]:
    """Where the peer answers, once it does."""
    port = servers.free_port()
    server: AbstractContextManager[None]
    if name == "mlserver":
        server, ready, path = (
            servers.mlserver(folder, port, servers.free_port()),
            "/v2/models/digits/ready",
            "/v2/models/digits/infer",
        )
    elif name == "litserve":
        server, ready, path = servers.litserve(folder, port), "/health", "/predict"
    else:
        server, ready, path = servers.bentoml(folder, port), "/readyz", "/predict"
    with server:
        address = f"http://127.0.0.1:{port}"
        servers.until_ready(f"{address}{ready}", folder / f"{name}.log")
        yield f"{address}{path}"
