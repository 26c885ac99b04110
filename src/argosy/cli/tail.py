"""Printing the logs of replicas: the last lines in order of time, then new ones as they come."""

from __future__ import annotations

import heapq
import re
import time
from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import click

from argosy import find
from argosy.gateway.rotated_log import parts
from argosy.platforms.platform import LogFile
from argosy.platforms.process import log_files

POLL_SECONDS = 0.1
COLOURS = ("cyan", "magenta", "green", "yellow", "blue", "bright_cyan", "bright_magenta")

GATEWAY = "gateway"
GATEWAY_LOGS = ("gateway.log", "access.log")
GATEWAY_TIME = re.compile(
    r'(^\[|"time":")(?P<day>\d{4}-\d\d-\d\d)[ T](?P<hour>\d\d:\d\d:\d\d\.\d{3})'
)

Line = tuple[str, str, str]  # time, replica, text


def print_logs(chosen: Mapping[Path, Sequence[str]], tail: int, follow: bool) -> None:
    """The last ``tail`` lines of the chosen models of each stack, and on if ``follow``."""
    files = _files(chosen)
    lines = deque(heapq.merge(*(_lines(file) for file in files)), maxlen=tail)
    for line in lines:
        _print(line)
    if follow:
        _follow(chosen, {file.parts[-1]: _end(file.parts[-1]) for file in files})


def _follow(chosen: Mapping[Path, Sequence[str]], at: dict[Path, tuple[int, int]]) -> None:
    """Read on from what has been printed; a rotated or new file is read from its start."""
    while True:
        for file in _files(chosen):
            path = file.parts[-1]
            inode, offset = at.get(path, (0, 0))
            now_inode, size = _end(path)
            if now_inode != inode or size < offset:
                offset = 0
            if size > offset:
                text, offset = _read_lines(path, offset)
                for line in text:
                    _print(_split(line, file.replica))
            at[path] = (now_inode, offset)
        time.sleep(POLL_SECONDS)


def _files(chosen: Mapping[Path, Sequence[str]]) -> list[LogFile]:
    """The gateway's own are shown only where it is named: it has a line for every request."""
    found = []
    for file, models in chosen.items():
        state = find.state_folder(file)
        if GATEWAY in models:
            found += [LogFile(GATEWAY, parts(state / name)) for name in GATEWAY_LOGS]
        replicas = [model for model in models if model != GATEWAY]
        if replicas or not models:
            found += log_files(state, replicas)
    return [log for log in found if log.parts]


def _lines(file: LogFile) -> Iterator[Line]:
    for part in file.parts:
        with part.open(errors="replace") as lines:
            for line in lines:
                yield _split(line.rstrip("\n"), file.replica)


def _read_lines(path: Path, offset: int) -> tuple[list[str], int]:
    """Whole lines from ``offset`` on, and where the next ones begin."""
    with path.open("rb") as file:
        file.seek(offset)
        whole = file.read().rpartition(b"\n")[0]
    if not whole:
        return [], offset
    return whole.decode(errors="replace").split("\n"), offset + len(whole) + 1


def _end(path: Path) -> tuple[int, int]:
    try:
        status = path.stat()
    except FileNotFoundError:
        return 0, 0
    return status.st_ino, status.st_size


def _split(line: str, replica: str) -> Line:
    """A line of a log is ``<time> <replica> <text>``; what is not (a crash) is text alone.

    Of the gateway's logs one is JSON with a ``time``, the other begins with ``[<time>]``.
    """
    if replica == GATEWAY:
        found = GATEWAY_TIME.search(line)
        return (f"{found['day']}T{found['hour']}Z" if found else ""), replica, line
    moment, _, rest = line.partition(" ")
    name, _, text = rest.partition(" ")
    if name == replica:
        return moment, replica, text
    return "", replica, line


def _print(line: Line) -> None:
    _, replica, text = line
    colour = COLOURS[sum(replica.encode()) % len(COLOURS)]
    click.echo(f"{click.style(replica, fg=colour)} | {text}")
