"""What the desk costs when nobody asks anything: time to ready, memory, processor."""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path

from argosy.errors import ArgosyError
from benchmarks.load import Effort
from benchmarks.report import Line
from benchmarks.stack import Process, Started, copy_of_the_desk, ready_seconds

TITLE = "Footprint: examples/desk, environments already built, idle"
MEGABYTE = 1e6
READY_SECONDS = 4.0
SUPERVISOR_MEGABYTES = 120
SUPERVISOR_PERCENT = 1.0
RUNNER_MEGABYTES = 60
SETTLE_SECONDS = 5
IDLE_SECONDS = 15


def measure(effort: Effort) -> list[Line]:
    """Raises `ArgosyError` when the desk does not come up."""
    with tempfile.TemporaryDirectory(prefix="argosy-bench-") as name:
        desk = copy_of_the_desk(Path(name))
        seconds = statistics.median(ready_seconds(desk) for _ in range(effort.rounds))
        stack = Started(desk)
        stack.up()
        try:
            idle = _idle(stack)
        finally:
            stack.down()
    return [Line("`up -d` to all ready", seconds, " s", at_most=READY_SECONDS), *idle]


def _idle(stack: Started) -> list[Line]:
    time.sleep(SETTLE_SECONDS)
    supervisor = _all(stack, "supervisor")[0]
    before = supervisor.processor_seconds()
    time.sleep(IDLE_SECONDS)
    percent = 100 * (supervisor.processor_seconds() - before) / IDLE_SECONDS
    resident, proportional = _megabytes([supervisor])
    lines = [
        Line("idle supervisor, resident", resident, " MB", at_most=SUPERVISOR_MEGABYTES),
        Line("idle supervisor, proportional (PSS)", proportional, " MB"),
        Line("idle supervisor, share of one core", percent, " %", at_most=SUPERVISOR_PERCENT),
    ]
    resident, proportional = _megabytes(_all(stack, "runner"))
    return [
        *lines,
        Line("largest idle runner without its worker", resident, " MB", at_most=RUNNER_MEGABYTES),
        Line("the same, proportional (PSS)", proportional, " MB"),
        Line("gateway, resident", _megabytes(_all(stack, "gateway"))[0], " MB"),
        Line("all processes, proportional (PSS)", _total(stack.processes()), " MB"),
    ]


def _all(stack: Started, role: str) -> list[Process]:
    found = [process for process in stack.processes() if process.role == role]
    if not found:
        raise ArgosyError(f"no {role} runs", where=str(stack.folder))
    return found


def _megabytes(processes: list[Process]) -> tuple[float, float]:
    """The largest resident and proportional memory among these processes."""
    resident, proportional = zip(*(process.memory() for process in processes), strict=True)
    return max(resident) / MEGABYTE, max(proportional) / MEGABYTE


def _total(processes: list[Process]) -> float:
    return sum(process.memory()[1] for process in processes) / MEGABYTE
