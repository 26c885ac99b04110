"""A runner with its isolated worker, beside FastAPI with the model in the handler."""

from __future__ import annotations

import tempfile
from pathlib import Path

from benchmarks import servers
from benchmarks.load import Effort, compare, need
from benchmarks.question import same_answer, write_question
from benchmarks.report import Line, compared

TITLE = "Runner against FastAPI + uvicorn, at 32 connections and at 1"
THROUGHPUT_AT_32 = 4.5
P50_AT_1 = 1.2


def measure(effort: Effort) -> list[Line]:
    """Raises `ArgosyError` when a part is missing or the two sides answer differently."""
    need("wrk")
    with tempfile.TemporaryDirectory(prefix="argosy-bench-") as name:
        folder = Path(name)
        body = write_question(folder)
        ours, theirs = servers.free_port(), servers.free_port()
        with servers.runner(folder, ours), servers.fastapi(folder, "--port", str(theirs)):
            argosy, peer = f"http://127.0.0.1:{ours}", f"http://127.0.0.1:{theirs}"
            servers.until_ready(f"{argosy}/ready", folder / "runner.log")
            servers.until_ready(f"{peer}/ready", folder / "fastapi.log")
            same_answer(f"{argosy}/predict", f"{peer}/predict", body)
            at_32, at_1 = (
                compare(f"{argosy}/predict", f"{peer}/predict", body, connections, effort)
                for connections in (32, 1)
            )
    return [*compared(at_32, throughput=THROUGHPUT_AT_32), *compared(at_1, p50=P50_AT_1)]
