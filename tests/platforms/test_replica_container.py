from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import partial
from pathlib import Path

import pytest

from argosy.docker.engine import Engine, engine_socket
from argosy.platforms.platform import Replica
from argosy.platforms.replica_container import ReplicaContainer
from argosy.stack.model import Model
from argosy.stack.revision import Lock, Revision
from tests.docker_engine import LABEL, PYTHON_IMAGE, DockerEngine
from tests.waiting import PATIENCE, PAUSE, eventually

pytestmark = pytest.mark.docker

PROGRAM = """
import signal

signal.signal(signal.SIGTERM, lambda *_: print("told", flush=True))
while True:
    signal.pause()
"""


class Relay:
    """A way to the Docker Engine that can be cut off."""

    def __init__(self, path: Path, engine: str) -> None:
        self.path = path
        self._engine = engine
        self._server: asyncio.Server | None = None
        self._pieces: set[asyncio.Task[None]] = set()
        self._writers: list[asyncio.StreamWriter] = []

    async def open(self) -> None:
        self._server = await asyncio.start_unix_server(self._relay, self.path)

    async def cut(self) -> None:
        assert self._server
        self._server.close()
        self.path.unlink(missing_ok=True)
        for piece in self._pieces:
            piece.cancel()
        await asyncio.gather(*self._pieces, return_exceptions=True)
        for writer in self._writers:  # also of a piece that had not begun
            writer.close()
            with contextlib.suppress(OSError):
                await writer.wait_closed()
        self._writers.clear()

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_unix_connection(self._engine)
        self._writers += [writer, back]
        for source, sink in ((reader, back), (there, writer)):
            piece = asyncio.create_task(_copy(source, sink))
            self._pieces.add(piece)
            piece.add_done_callback(self._pieces.discard)


async def _copy(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    try:
        while piece := await source.read(1 << 16):
            sink.write(piece)
            await sink.drain()
    finally:
        sink.close()


@pytest.fixture
async def relay(tmp_path: Path) -> AsyncIterator[Relay]:
    made = Relay(tmp_path / "docker.sock", await engine_socket())
    await made.open()
    yield made
    await made.cut()


@contextlib.asynccontextmanager
async def followed(
    docker_engine: DockerEngine, engine: Engine, told: list[Replica] | None = None
) -> AsyncIterator[tuple[ReplicaContainer, Callable[[], Awaitable[str]]]]:
    """A replica whose container waits for signals, and what looks at it: its state by Docker.

    What is told of it is added to ``told``.
    """

    def note() -> None:
        if told is not None:
            told.append(replica.observed)

    label = f"{LABEL}={docker_engine.name}"
    words = ("run", "--detach", "--label", label, PYTHON_IMAGE, "python3", "-c", PROGRAM)
    identity = (await asyncio.to_thread(docker_engine.docker, *words)).strip()
    revision = Revision(1, Model("echo"), Lock("d" * 64, "3.11.7", Path("/a.txt")), digest="f" * 64)
    container = await engine.container(identity)
    assert container
    replica = ReplicaContainer(revision, container, engine, note)

    async def look() -> str:
        found = await engine.container(identity)
        if found:
            replica.take(found)
        return found["State"]["Status"] if found else "gone"

    await look()
    try:
        yield replica, look
    finally:
        await replica.detach()
        await engine.close()


async def until(ask: Callable[[], Awaitable[object]], answer: object) -> None:
    async with asyncio.timeout(PATIENCE):
        while await ask() != answer:  # noqa: ASYNC110  the state is Docker's
            await asyncio.sleep(PAUSE)


async def test_a_replica_that_leaves_while_the_engine_is_away_is_removed_when_it_is_back(
    docker_engine: DockerEngine, relay: Relay
) -> None:
    direct = Engine(await engine_socket())
    async with followed(docker_engine, Engine(str(relay.path))) as (replica, look):
        replica.stop(drain=3.0)
        await until(lambda: direct.last_lines(replica.id, 1), ["told"])
        await relay.cut()
        await direct.signal(replica.id, "SIGKILL")
        await relay.open()
        await until(look, "gone")
    await direct.close()


async def test_a_replica_that_ends_again_is_not_told_of_with_the_reason_of_the_end_before(
    docker_engine: DockerEngine,
) -> None:
    async with followed(docker_engine, Engine(await engine_socket())) as (replica, look):
        docker_engine.docker("kill", replica.id)
        await until(look, "exited")
        replica.hear({"Action": "oom"})  # whoever looked was faster than the event
        await until(look, "running")
        docker_engine.docker("kill", replica.id)
        await until(look, "exited")
        await eventually(lambda: replica.observed.state == "waiting")
        assert replica.observed.reason == "it was ended by SIGKILL"


async def test_a_replica_that_ends_again_keeps_its_reason_until_there_is_a_new_one(
    docker_engine: DockerEngine,
) -> None:
    told: list[Replica] = []
    killed, starved = "it was ended by SIGKILL", "it ran out of memory"
    async with followed(docker_engine, Engine(await engine_socket()), told) as (replica, look):
        for reason in (killed, starved):
            await until(look, "running")
            if reason == starved:
                replica.hear({"Action": "oom"})
            docker_engine.docker("kill", replica.id)
            await until(look, "exited")
            await eventually(partial(_is_told, replica, reason))
    reasons = [one.reason for one in told]
    assert set(reasons[reasons.index(killed) :]) == {killed, starved}


async def test_a_replica_whose_end_nobody_saw_has_failed_once_it_is_known_why(
    docker_engine: DockerEngine,
) -> None:
    told: list[Replica] = []
    async with followed(docker_engine, Engine(await engine_socket()), told) as (replica, look):
        docker_engine.docker("restart", "--time", "0", replica.id)
        replica.hear({"Action": "die", "Actor": {"Attributes": {"exitCode": "137"}}})
        await look()
        await eventually(lambda: replica.observed.failures == 1)
    assert {one.reason for one in told if one.failures} == {"it was ended by SIGKILL"}


def _is_told(replica: ReplicaContainer, reason: str) -> bool:
    return replica.observed.reason == reason
