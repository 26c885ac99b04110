from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from argosy.errors import GatewayError
from argosy.gateway.ads import AdsServer
from argosy.gateway.envoy import LARGEST_LOG, Envoy
from argosy.gateway.resources.ceilings import Ceilings
from argosy.gateway.resources.snapshot import snapshot
from argosy.gateway.routing import Route, Routing
from argosy.processes import ProcessIdentity, find_by_argument
from argosy.stack.model import Gateway as Settings
from tests.gateway.conftest import serving
from tests.waiting import eventually


@pytest.fixture
async def new_envoy(run_folder: Path) -> AsyncIterator[Callable[[], Envoy]]:
    """Another hand on the one Envoy of this run folder, which ends with the test."""

    def make() -> Envoy:
        return Envoy(run_folder, run_folder / "logs" / "gateway.log", concurrency=1)

    yield make
    last = make()
    await last.adopt()
    await last.end()


async def test_nothing_to_adopt_where_nothing_runs(new_envoy: Callable[[], Envoy]) -> None:
    envoy = new_envoy()
    assert not await envoy.adopt()
    assert envoy.pid is None


async def test_what_runs_is_adopted(new_envoy: Callable[[], Envoy], run_folder: Path) -> None:
    first, second = new_envoy(), new_envoy()
    first.start()

    assert await second.adopt()

    assert second.pid == first.pid
    record = json.loads((run_folder / "envoy.pid").read_text())
    assert ProcessIdentity(record["pid"], record["started"]).alive


async def test_with_other_ceilings_what_runs_is_outdated(new_envoy: Callable[[], Envoy]) -> None:
    first, second = new_envoy(), new_envoy()
    first.start()
    assert await second.adopt()
    assert not second.is_outdated

    second.most = Ceilings(connections=7, memory=1 << 30)

    assert second.is_outdated


@pytest.mark.parametrize("record", [None, "", "{}", "[]", '{"pid": "x", "started": 1}'])
async def test_it_is_found_without_a_good_record(
    new_envoy: Callable[[], Envoy], run_folder: Path, record: str | None
) -> None:
    first, second = new_envoy(), new_envoy()
    first.start()
    await eventually(
        lambda: find_by_argument(f"argosy:{run_folder}") is not None
    )  # it may be in exec
    (run_folder / "envoy.pid").unlink()
    if record is not None:
        (run_folder / "envoy.pid").write_text(record)

    assert await second.adopt()
    assert second.pid == first.pid


async def test_a_pid_that_was_reused_is_not_adopted(
    new_envoy: Callable[[], Envoy], run_folder: Path
) -> None:
    started = ProcessIdentity.of(os.getpid()).started
    record = {"pid": os.getpid(), "started": started - 1}
    (run_folder / "envoy.pid").write_text(json.dumps(record))

    assert not await new_envoy().adopt()


@pytest.fixture
def mortal() -> Iterator[ProcessIdentity]:
    """A child that the test kills, and that is reaped only afterwards."""
    pid = os.posix_spawn("/bin/sleep", ["sleep", "60"], os.environ)
    yield ProcessIdentity.of(pid)
    os.waitpid(pid, 0)


async def test_a_zombie_is_not_adopted(
    new_envoy: Callable[[], Envoy], run_folder: Path, mortal: ProcessIdentity
) -> None:
    record = {"pid": mortal.pid, "started": mortal.started}
    (run_folder / "envoy.pid").write_text(json.dumps(record))
    mortal.signal(signal.SIGKILL)
    await mortal.ended()

    assert not await new_envoy().adopt()


async def test_one_of_another_bootstrap_is_outdated(
    new_envoy: Callable[[], Envoy], run_folder: Path
) -> None:
    first, second = new_envoy(), new_envoy()
    first.start()
    assert await second.adopt()
    assert not second.is_outdated

    (run_folder / "envoy.json").write_text("{}")

    assert await second.adopt()
    assert second.is_outdated


async def test_the_end_is_told_with_the_signal(new_envoy: Callable[[], Envoy]) -> None:
    envoy = new_envoy()
    envoy.start()
    assert envoy.pid
    os.kill(envoy.pid, signal.SIGKILL)

    assert await envoy.ended() == "Envoy was killed by SIGKILL"
    assert envoy.pid is None


async def test_the_end_is_told_with_the_last_error(run_folder: Path) -> None:
    """The admin socket's path is too long for a unix socket."""
    deep = run_folder / ("x" * 100)
    deep.mkdir()
    envoy = Envoy(deep, run_folder / "gateway.log", concurrency=1)
    envoy.start()

    reason = await asyncio.wait_for(envoy.ended(), 20)

    assert reason.startswith("Envoy exited with 1: ")
    assert "exceeds" in reason
    assert "\n" not in reason


async def test_a_run_folder_that_is_gone_is_said(tmp_path: Path) -> None:
    envoy = Envoy(tmp_path / "gone", tmp_path / "gateway.log", concurrency=1)
    with pytest.raises(GatewayError, match=r"gone/envoy.json: Envoy cannot be started: No such"):
        envoy.start()


async def test_what_does_not_heed_sigterm_is_killed(new_envoy: Callable[[], Envoy]) -> None:
    envoy = new_envoy()
    envoy.start()
    pid = envoy.pid
    assert pid
    os.kill(pid, signal.SIGSTOP)

    await envoy.end(patience=0.1)

    assert not ProcessIdentity.of(pid).alive


async def test_the_admin_interface_answers_on_a_private_socket(
    new_envoy: Callable[[], Envoy], run_folder: Path
) -> None:
    envoy = new_envoy()
    envoy.start()
    await eventually((run_folder / "admin.sock").exists)

    assert '"state":' in (await envoy.admin("GET", "/server_info"))
    assert (run_folder / "admin.sock").stat().st_mode & 0o777 == 0o600


async def test_without_envoy_the_admin_interface_is_silent(new_envoy: Callable[[], Envoy]) -> None:
    with pytest.raises(GatewayError, match="does not answer"):
        await new_envoy().admin("GET", "/ready")


async def test_a_large_log_is_put_aside(new_envoy: Callable[[], Envoy], run_folder: Path) -> None:
    log = run_folder / "logs" / "gateway.log"
    envoy = new_envoy()
    envoy.start()
    await eventually((run_folder / "admin.sock").exists)
    with log.open("a") as file:
        file.write("x" * LARGEST_LOG + "\n")

    envoy.rotate_log()

    assert log.with_name("gateway.log.1").stat().st_size > LARGEST_LOG
    assert log.stat().st_size < LARGEST_LOG
    await envoy.end()
    assert "caught ENVOY_SIGTERM" in log.read_text()  # it writes on, from the start of the file


async def test_a_misspelt_field_is_refused_by_its_name(
    new_envoy: Callable[[], Envoy], listen: str
) -> None:
    """Envoy by itself would take the rest, and leave the limit out."""
    route = Route("digits", serving("unix:/a"), max_body=1)
    right = snapshot(Routing("desk", Settings(listen), (route,)))
    text = json.dumps(right.routes)
    assert '"max_request_bytes"' in text
    wrong = json.loads(text.replace('"max_request_bytes"', '"max_request_byte"'))
    envoy = new_envoy()
    ads = AdsServer(envoy.control_socket)
    await ads.offer(replace(right, routes=wrong))
    await ads.start()
    envoy.start()
    ads.expect(envoy.zone)
    try:
        with pytest.raises(GatewayError, match="max_request_byte"):
            await asyncio.wait_for(ads.accepted(), 30)
    finally:
        await envoy.end()
        await ads.close()


async def test_it_holds_nothing_open_of_ours(new_envoy: Callable[[], Envoy]) -> None:
    reading, writing = os.pipe()
    os.set_inheritable(writing, True)
    envoy = new_envoy()
    envoy.start()
    os.close(writing)

    assert os.read(reading, 1) == b""
    os.close(reading)


async def test_ending_leaves_no_process(new_envoy: Callable[[], Envoy], run_folder: Path) -> None:
    envoy = new_envoy()
    envoy.start()
    await envoy.end()
    assert find_by_argument(f"argosy:{run_folder}") is None
