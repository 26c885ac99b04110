"""Replicas as containers beside replicas as processes: the time to ready, and requests/s.

And new code under load, beside plain Compose.
"""

from __future__ import annotations

import asyncio
import contextlib
import secrets
import statistics
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from argosy.errors import ArgosyError
from benchmarks import servers
from benchmarks.callers import Callers
from benchmarks.load import Effort, compare, need
from benchmarks.question import same_answer, write_question
from benchmarks.report import Line, compared
from benchmarks.stack import Started, copy_of_the_desk, ready_seconds, write_digits

TITLE = "Platform compose; peer: the platform process, and plain Compose for updates"
READY_SECONDS = 15.0
THROUGHPUT_AT_32 = 0.8
ENOUGH = 200  # answers of one code, before and after a change of it
ECHO = """\
name: {name}
platform: compose
models:
  echo:
    code: ./echo
    replicas: 2
gateway:
  listen: 127.0.0.1:{port}
"""
QUESTION = b'{"input":1}'
CODE = """\
class Model:
    def predict(self, input):
        return "{version}"
"""


def measure(effort: Effort) -> list[Line]:
    """Raises `ArgosyError` when a part is missing or the two platforms answer differently."""
    need("wrk", "docker")
    with tempfile.TemporaryDirectory(prefix="argosy-bench-") as name, _own_images() as own:
        folder = Path(name)
        return [
            *_ready(folder, own, effort),
            *_throughput(folder, own, effort),
            *_new_code(folder, own, effort),
        ]


@contextlib.contextmanager
def _own_images() -> Iterator[str]:
    """The name of stacks that nobody else has; images of that name are removed again."""
    own = f"bench-{secrets.token_hex(3)}"
    try:
        yield own
    finally:
        names = (f"--filter=reference={one}{own}-*" for one in ("argosy/", ""))
        if listed := set(_docker("image", "ls", "--quiet", *names).split()):
            _docker("image", "rm", "--force", *sorted(listed))


def _ready(folder: Path, own: str, effort: Effort) -> list[Line]:
    containers = copy_of_the_desk(folder, own, "compose")
    processes = copy_of_the_desk(folder)
    rounds = [(ready_seconds(containers), ready_seconds(processes)) for _ in range(effort.rounds)]
    ours, theirs = (statistics.median(side) for side in zip(*rounds, strict=True))
    return [
        Line(
            "`up -d` of the desk to all ready", ours, " s", at_most=READY_SECONDS,
            argosy=f"{ours:.2f} s", peer=f"{theirs:.2f} s",
        )
    ]  # fmt: skip


def _throughput(folder: Path, own: str, effort: Effort) -> list[Line]:
    body = write_question(folder)
    with _digits(folder, own, "compose") as argosy, _digits(folder, own, "process") as peer:
        same_answer(argosy, peer, body)
        at_32, at_1 = (compare(argosy, peer, body, many, effort) for many in (32, 1))
    return [*compared(at_32, throughput=THROUGHPUT_AT_32), *compared(at_1)]


@contextlib.contextmanager
def _digits(folder: Path, own: str, platform: str) -> Iterator[str]:
    """The same stack on one platform or the other, at the same time."""
    port, place = servers.free_port(), folder / f"digits-{platform}"
    write_digits(place, own, port, platform)
    stack = Started(place)
    try:
        stack.up()
        yield f"http://127.0.0.1:{port}/api/digits"
    finally:
        stack.down()


def _new_code(folder: Path, own: str, effort: Effort) -> list[Line]:
    """The same new code, as often, under the same callers; plain Compose is the peer."""
    ours = _argosy_changes(folder / "argosy", own, effort.rounds)
    theirs = _plain_compose_changes(folder / "plain", own, effort.rounds)
    return [
        Line(
            f"requests lost in {effort.rounds} updates", ours.failed, "", at_most=0,
            argosy=_lost(ours), peer=_lost(theirs),
        )
    ]  # fmt: skip


def _lost(callers: Callers) -> str:
    return f"{callers.failed:,} of {callers.sent:,}"


def _argosy_changes(place: Path, own: str, times: int) -> Callers:
    port = _write_echo(place, own)
    callers = Callers(f"http://127.0.0.1:{port}/api/echo", QUESTION)
    stack = Started(place)
    try:
        stack.up()
        asyncio.run(_change_under_load(callers, place, stack.up, times))
    finally:
        stack.down()
    return callers


def _plain_compose_changes(place: Path, own: str, times: int) -> Callers:
    """With the files that `argosy export compose` writes, which run without Argosy."""
    port = _write_echo(place, own)
    callers = Callers(f"http://127.0.0.1:{port}/api/echo", QUESTION)
    out = place / "out"

    def compose(*words: str) -> None:
        _docker("compose", "--project-directory", str(out), "--progress", "quiet", *words)

    def export() -> None:
        Started(place).argosy("export", "compose", str(out), "--stack", str(place))

    def change() -> None:
        export()
        compose("up", "--detach", "--build")

    export()
    (out / ".env").write_text(f"PROMETHEUS_LISTEN=127.0.0.1:{servers.free_port()}\n")
    try:
        compose("up", "--detach", "--build")
        asyncio.run(_change_under_load(callers, place, change, times))
    finally:
        compose("down", "--volumes", "--timeout", "1")
    return callers


async def _change_under_load(
    callers: Callers, place: Path, change: Callable[[], object], times: int
) -> None:
    """New code, so many times; each is asked before the next comes."""
    async with callers.calling():
        await callers.answered("0", ENOUGH)
        for version in range(1, times + 1):
            _write_code(place, version)
            await asyncio.to_thread(change)
            await callers.answered(str(version), ENOUGH)


def _write_echo(place: Path, own: str) -> int:
    """The stack with its first code; the port of its gateway."""
    port = servers.free_port()
    _write_code(place, 0)
    (place / "argosy.yaml").write_text(ECHO.format(name=own, port=port))
    return port


def _write_code(place: Path, version: int) -> None:
    code = place / "echo" / "model.py"
    code.parent.mkdir(parents=True, exist_ok=True)
    code.write_text(CODE.format(version=version))


def _docker(*words: str) -> str:
    done = subprocess.run(["docker", *words], capture_output=True, text=True, check=False)
    if done.returncode:
        raise ArgosyError(done.stderr.strip(), where=f"docker {' '.join(words[:2])}")
    return done.stdout
