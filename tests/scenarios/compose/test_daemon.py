"""Docker's daemon may be restarted: what it ran is found again, or never noticed it."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docker_engine import DockerEngine
from tests.scenarios.containers import ContainedStack
from tests.scenarios.own_engine import OwnEngine, is_possible
from tests.scenarios.stack import ECHO, Load, aside

pytestmark = pytest.mark.docker


@pytest.fixture
def own_engine() -> Iterator[OwnEngine]:
    if not is_possible():
        missing = "root and dockerd are needed to start an engine of one's own: scripts/docker"
        if os.environ.get("CI"):
            pytest.fail(missing)
        pytest.skip(missing)
    engine = OwnEngine()
    yield engine
    engine.remove()


async def test_a_restart_of_the_daemon_brings_the_stack_back_and_with_live_restore_costs_nothing(
    tmp_path: Path,
    docker_engine: DockerEngine,
    own_engine: OwnEngine,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stack = ContainedStack(tmp_path, docker_engine)
    stack.write("echo:\n  code: ./echo\n  drain: 0s\n", echo__model=ECHO)
    assert stack.argosy("build").code == 0
    await aside(own_engine.start)
    listed = ("image", "ls", "--format", "{{.Repository}}:{{.Tag}}", f"argosy/{stack.name}-*")
    own_engine.take(*docker_engine.docker(*listed).split())
    with monkeypatch.context() as patch:
        patch.setenv("DOCKER_HOST", own_engine.host)
        try:
            await aside(stack.up)
            own_engine.stop()
            assert stack.call("echo", "a").status_code == 503
            await aside(own_engine.start, "--live-restore")
            await aside(stack.wait_ready)
            assert stack.call("echo", "a").json() == {"output": "a"}
            async with Load(f"{stack.url}/api/echo").running() as load:
                await aside(own_engine.stop, signal.SIGKILL)
                await load.more(100)
                await aside(own_engine.start, "--live-restore")
                scaled = await aside(stack.argosy, "scale", "echo=2")
                assert scaled.code == 0, scaled.err
                await load.more(100)
            assert load.failed == 0, f"{load.failures[:3]}\n{stack.logs()}"
            assert stack.model("echo")["ready"] == 2
            assert stack.argosy("down").code == 0
        finally:
            patch.undo()
            stack.end()
