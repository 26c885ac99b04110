"""How the gateway ends and goes on: Envoy dies, is adopted, is stopped."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from argosy.gateway.gateway import Gateway
from argosy.processes import ProcessIdentity, find_by_argument
from tests.gateway.conftest import Owner, Pair, Replica, digits, routing
from tests.gateway.load import Load
from tests.gateway.streams import Stream
from tests.waiting import eventually


async def test_envoy_killed_is_started_again_with_the_reason(
    gateway: Gateway, client: httpx.AsyncClient, listen: str, replicas: Pair
) -> None:
    await gateway.serve(routing(listen, digits(*replicas)))
    changed = routing(listen, digits(replicas[1]))
    await gateway.publish(changed)
    for death in (1, 2):
        os.kill(_pid(gateway), signal.SIGKILL)
        await eventually(lambda death=death: _served_again(gateway, death))  # type: ignore[misc]
        assert (await client.post("/api/digits")).json()["replica"] == "b"

    observed = gateway.observe()
    assert (observed.restarts, observed.reason) == (2, "Envoy was killed by SIGKILL")
    assert observed.published == changed


async def test_publishing_while_envoy_is_dead_waits_for_the_next(
    gateway: Gateway, client: httpx.AsyncClient, listen: str, replicas: Pair
) -> None:
    await gateway.serve(routing(listen, digits(replicas[0])))

    os.kill(_pid(gateway), signal.SIGKILL)
    await gateway.publish(routing(listen, digits(replicas[1])))
    await eventually(lambda: _served_again(gateway, 1))

    assert (await client.post("/api/digits")).json()["replica"] == "b"


async def test_every_change_of_state_is_told(run_folder: Path, listen: str) -> None:
    seen: list[str] = []
    gateway = Gateway(
        run_folder, run_folder / "gateway.log", lambda: seen.append(gateway.observe().state)
    )
    await gateway.serve(routing(listen))
    os.kill(_pid(gateway), signal.SIGKILL)
    await eventually(lambda: _served_again(gateway, 1))
    await gateway.stop(0)

    assert seen == ["starting", "serving", "restarting", "serving", "absent"]


@pytest.mark.alone
async def test_envoy_outlives_its_killed_owner_and_is_adopted(
    gateway: Gateway,
    client: httpx.AsyncClient,
    listen: str,
    replicas: Pair,
    new_owner: Callable[[str, Replica], Owner],
    tmp_path: Path,
) -> None:
    owner = new_owner(listen, replicas[0])

    async with Stream(client, tmp_path) as stream:
        owner.kill()
        async with Load(client) as load:
            await load.more()
            began = time.monotonic()
            await gateway.serve(routing(listen, digits(replicas[1])))
            took = time.monotonic() - began
            await load.more()
        await stream.end()

    assert gateway.observe().pid == owner.envoy_pid
    assert took < 3
    assert set(load.statuses) == {200}
    assert (await client.post("/api/digits")).json()["replica"] == "b"


async def test_an_adopted_envoy_that_dies_is_started_again(
    gateway: Gateway,
    client: httpx.AsyncClient,
    listen: str,
    replicas: Pair,
    new_owner: Callable[[str, Replica], Owner],
) -> None:
    owner = new_owner(listen, replicas[0])
    owner.kill()
    await gateway.serve(routing(listen, digits(*replicas)))

    os.kill(owner.envoy_pid, signal.SIGKILL)
    await eventually(lambda: _served_again(gateway, 1))

    assert (await client.post("/api/digits")).status_code == 200
    assert gateway.observe().reason.startswith("Envoy ended")


async def test_closing_leaves_envoy_and_the_next_finds_it_without_a_record(
    run_folder: Path, gateway: Gateway, client: httpx.AsyncClient, listen: str, replicas: Pair
) -> None:
    """As when its supervisor was killed between starting it and writing its pid down."""
    first = Gateway(run_folder, run_folder / "gateway.log", lambda: None)
    await first.serve(routing(listen, digits(*replicas)))
    pid = first.observe().pid
    await first.close()
    (run_folder / "envoy.pid").unlink()

    assert (await client.post("/api/digits")).status_code == 200
    await gateway.serve(routing(listen, digits(*replicas)))

    assert gateway.observe().pid == pid


async def test_stopping_lets_requests_finish_and_takes_no_new_ones(
    gateway: Gateway, client: httpx.AsyncClient, listen: str, replicas: Pair, run_folder: Path
) -> None:
    await gateway.serve(routing(listen, digits(*replicas)))
    pid = _pid(gateway)
    async with client.stream("GET", "/api/digits", params={"stream": 10}) as answer:
        events = answer.aiter_text()
        await anext(events)
        stopping = asyncio.create_task(gateway.stop(10))
        await eventually(lambda: _refused(listen))
        assert ProcessIdentity.of(pid).alive
        rest = [event async for event in events]
    await stopping

    assert "".join(rest).count("data:") == 9
    assert not ProcessIdentity.of(pid).alive
    assert gateway.observe().state == "absent"
    assert sorted(path.name for path in run_folder.iterdir()) == ["access.log", "gateway.log"]


@pytest.mark.alone
async def test_stopping_waits_no_longer_than_its_grace(
    gateway: Gateway, client: httpx.AsyncClient, listen: str, replicas: Pair
) -> None:
    await gateway.serve(routing(listen, digits(*replicas)))

    call = asyncio.create_task(client.post("/api/digits", params={"delay": 5}))
    await eventually(lambda: _connections(listen) > 0)
    began = time.monotonic()
    await gateway.stop(0.3)

    assert time.monotonic() - began < 3
    with pytest.raises(httpx.TransportError):
        await call


async def test_stopping_ends_what_an_earlier_supervisor_left(
    run_folder: Path, listen: str, gateway: Gateway
) -> None:
    first = Gateway(run_folder, run_folder / "gateway.log", lambda: None)
    await first.serve(routing(listen))
    await first.close()

    await gateway.stop(0)

    assert find_by_argument(f"argosy:{run_folder}") is None


def _pid(gateway: Gateway) -> int:
    pid = gateway.observe().pid
    assert pid
    return pid


def _served_again(gateway: Gateway, restarts: int) -> bool:
    observed = gateway.observe()
    return observed.state == "serving" and observed.restarts == restarts


def _refused(listen: str) -> bool:
    host, _, port = listen.partition(":")
    with socket.socket() as attempt:
        return attempt.connect_ex((host, int(port))) != 0


def _connections(listen: str) -> int:
    """Established connections to this port, as the kernel tells."""
    port = f":{int(listen.partition(':')[2]):04X}"
    lines = Path("/proc/net/tcp").read_text().splitlines()
    return sum(line.split()[1].endswith(port) and line.split()[3] == "01" for line in lines)
