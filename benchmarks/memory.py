"""Memory of a replica after a million requests, beside that after the first ten thousand."""

from __future__ import annotations

import tempfile
from pathlib import Path

from argosy.errors import ArgosyError
from benchmarks import servers
from benchmarks.load import Effort, Target, need, put_load
from benchmarks.question import write_question
from benchmarks.report import Line

TITLE = "Memory after a million requests"
FIRST = 10_000
ALL = 1_000_000
CONNECTIONS = 32
RATIO = 1.05
MEGABYTE = 1e6


def measure(effort: Effort) -> list[Line]:
    """The requests are the same however long ``effort`` is."""
    need("wrk")
    with tempfile.TemporaryDirectory(prefix="argosy-bench-") as name:
        folder = Path(name)
        body, port = write_question(folder), servers.free_port()
        url = f"http://127.0.0.1:{port}"
        with servers.runner(folder, port):
            servers.until_ready(f"{url}/ready", folder / "runner.log")
            processes = _replica(folder)
            _send(f"{url}/predict", body, FIRST, 0, effort)
            early = {name: _resident(pid) for name, pid in processes.items()}
            _send(f"{url}/predict", body, ALL, FIRST, effort)
            late = {name: _resident(pid) for name, pid in processes.items()}
    lines = []
    for name in processes:
        lines += [
            Line(f"{name} after {FIRST:,}", early[name] / MEGABYTE, " MB"),
            Line(f"{name} after {ALL:,}", late[name] / MEGABYTE, " MB"),
            Line(f"{name}, ratio", late[name] / early[name], "×", at_most=RATIO),
        ]
    return lines


def _send(url: str, body: Path, wanted: int, sent: float, effort: Effort) -> None:
    """Load until ``wanted`` requests have been answered."""
    while sent < wanted:
        seconds = 1 if wanted - sent < FIRST * 5 else effort.seconds
        load = put_load(Target(url, body), CONNECTIONS, seconds)
        sent += load.requests


def _replica(folder: Path) -> dict[str, int]:
    """The pids of the runner that serves from this folder, and of its worker."""
    settings = str(folder / "settings.json").encode()
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and settings in _words(entry):
            children = (entry / "task" / entry.name / "children").read_text().split()
            return {"runner": int(entry.name), "worker": int(children[0])}
    raise ArgosyError("no runner runs", where=str(folder))


def _words(entry: Path) -> list[bytes]:
    try:
        return (entry / "cmdline").read_bytes().split(b"\0")
    except OSError:
        return []


def _resident(pid: int) -> int:
    """Bytes of memory that are its own or shared (proc(5), smaps_rollup, Rss)."""
    for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
        if line.startswith("Rss:"):
            return int(line.split()[1]) * 1024
    raise ArgosyError("no such memory", where=str(pid))
