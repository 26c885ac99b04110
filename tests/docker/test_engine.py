from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator
from contextlib import aclosing
from pathlib import Path

import pytest

from argosy.docker.engine import Engine, engine_socket
from argosy.errors import DockerFailed
from tests.docker_engine import LABEL, PYTHON_IMAGE, DockerEngine

PATIENCE = 60


@pytest.fixture
async def engine(docker_engine: DockerEngine) -> AsyncIterator[Engine]:
    found = Engine(await engine_socket())
    yield found
    await found.close()


def start(docker_engine: DockerEngine, *words: str) -> str:
    """A container of the test's own; its id."""
    label = f"{LABEL}={docker_engine.name}"
    started = docker_engine.docker("run", "--detach", "--label", label, PYTHON_IMAGE, *words)
    return started.strip()


async def test_a_container_is_seen_from_its_start_to_its_removal(
    docker_engine: DockerEngine, engine: Engine
) -> None:
    label = f"{LABEL}={docker_engine.name}"
    assert await engine.containers(label) == []
    identity = await asyncio.to_thread(start, docker_engine, "sleep", "100")
    (found,) = await engine.containers(label)
    assert found["State"]["Status"] == "running"
    assert (await engine.memory(identity) or 0) > 0
    await engine.signal(identity, "SIGKILL")
    await asyncio.wait_for(engine.wait(identity), PATIENCE)
    ended = await engine.container(identity)
    assert ended
    assert ended["State"]["ExitCode"] == 137
    await engine.start(identity)
    again = await engine.container(identity)
    assert again
    assert again["State"]["Status"] == "running"
    await engine.remove(identity)
    assert await engine.container(identity) is None


async def test_what_changes_a_container_is_told_from_a_moment_on(
    docker_engine: DockerEngine, engine: Engine
) -> None:
    before = time.time()
    identity = await asyncio.to_thread(start, docker_engine, "sleep", "100")
    label = f"{LABEL}={docker_engine.name}"
    async with asyncio.timeout(PATIENCE), aclosing(engine.events(label, before)) as events:
        told = [await anext(events) for _ in range(2)]
        await engine.signal(identity, "SIGKILL")
        told.append(await anext(events))
    assert [one["Action"] for one in told] == ["create", "start", "die"]
    assert {one["Actor"]["ID"] for one in told} == {identity}
    await engine.remove(identity)


async def test_an_engine_that_refuses_to_tell_of_events_says_why(engine: Engine) -> None:
    with pytest.raises(DockerFailed, match="nan"):
        await anext(engine.events(LABEL, float("nan")))


async def test_a_container_is_kept_on_cpus_while_it_runs_and_when_it_is_started_again(
    docker_engine: DockerEngine, engine: Engine
) -> None:
    told = "import os; print(len(os.sched_getaffinity(0)), flush=True)"
    wait = "import signal; signal.pause()"
    identity = await asyncio.to_thread(start, docker_engine, "python3", "-c", f"{told}; {wait}")
    await engine.keep_on(identity, [min(os.sched_getaffinity(0))])
    await said(docker_engine, engine, identity, 1)
    await engine.signal(identity, "SIGKILL")
    await asyncio.wait_for(engine.wait(identity), PATIENCE)
    await engine.start(identity)
    assert (await said(docker_engine, engine, identity, 2))[1] == "1"


async def said(docker_engine: DockerEngine, engine: Engine, identity: str, count: int) -> list[str]:
    """So many lines, once the container has written them."""
    async with asyncio.timeout(PATIENCE):
        while len(lines := await engine.last_lines(identity, count)) < count:
            await asyncio.to_thread(docker_engine.docker, "ps", "--quiet")
    return lines


async def test_the_last_lines_of_both_outputs_are_read(
    docker_engine: DockerEngine, engine: Engine
) -> None:
    program = "import sys; print('one'); print('two', file=sys.stderr); print('three')"
    identity = await asyncio.to_thread(start, docker_engine, "python3", "-uc", program)
    await asyncio.wait_for(engine.wait(identity), PATIENCE)
    assert sorted(await engine.last_lines(identity, 3)) == ["one", "three", "two"]
    assert len(await engine.last_lines(identity, 2)) == 2


async def test_nothing_happens_to_what_is_gone(engine: Engine) -> None:
    await engine.signal("nobody", "SIGTERM")
    await engine.start("nobody")
    await engine.remove("nobody")
    assert await engine.last_lines("nobody", 2) == []
    assert await engine.memory("nobody") is None


async def test_an_engine_that_does_not_answer_is_told_with_the_next_step(tmp_path: Path) -> None:
    engine = Engine(str(tmp_path / "docker.sock"))
    with pytest.raises(DockerFailed, match=r"does not answer.*systemctl start docker"):
        await engine.containers("a=b")
    await engine.close()


async def test_an_engine_on_another_machine_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DOCKER_HOST", "tcp://10.0.0.1:2375")
    with pytest.raises(DockerFailed, match=r"this engine is elsewhere\. Unset DOCKER_HOST"):
        await engine_socket()
