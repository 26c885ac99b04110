"""Another Envoy takes the place of the running one, and nobody notices."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from argosy.errors import GatewayError
from argosy.gateway.gateway import Gateway
from argosy.processes import ProcessIdentity, find_all_by_argument
from tests.gateway.conftest import Owner, Pair, Replica, Serve, digits, routing
from tests.gateway.load import Load
from tests.gateway.streams import Stream
from tests.waiting import eventually


async def test_replacing_envoy_twice_under_load_drops_nothing(
    gateway: Gateway, serve: Serve, client: httpx.AsyncClient, replicas: Pair, tmp_path: Path
) -> None:
    await serve(digits(*replicas))
    pids = [gateway.observe().pid]
    async with Load(client) as load, Stream(client, tmp_path) as stream:
        await load.more()
        await gateway.replace()
        pids.append(gateway.observe().pid)
        await load.more()
        await stream.end()
        await load.more()
        await gateway.replace()
        pids.append(gateway.observe().pid)
        await load.more()

    assert set(load.statuses) == {200}
    assert len(set(pids)) == 3
    assert gateway.observe().restarts == 0


async def test_a_second_replacement_waits_for_the_streams_of_the_first(
    gateway: Gateway, serve: Serve, listen: str, replicas: Pair, tmp_path: Path
) -> None:
    await serve(digits(*replicas))
    before = ProcessIdentity.of(_pid(gateway))
    async with (
        httpx.AsyncClient(base_url=f"http://{listen}", verify=False) as client,
        Stream(client, tmp_path) as stream,
    ):
        await gateway.replace()
        again = asyncio.create_task(gateway.replace())
        await stream.end()
        assert before.alive
    await again
    await eventually(lambda: not before.alive)


async def test_what_is_published_during_a_replacement_reaches_both(
    gateway: Gateway,
    serve: Serve,
    client: httpx.AsyncClient,
    listen: str,
    replicas: Pair,
    tmp_path: Path,
) -> None:
    await serve(digits(replicas[0]))
    async with (
        httpx.AsyncClient(base_url=f"http://{listen}", verify=False) as other,
        Stream(other, tmp_path) as stream,
    ):
        await gateway.replace()
        await serve(digits(replicas[1]))
        assert (await client.post("/api/digits")).json()["replica"] == "b"
        await stream.end()
        assert (await other.post("/api/digits")).json()["replica"] == "b"


async def test_one_that_cannot_start_leaves_the_one_before_in_its_place(
    gateway: Gateway, serve: Serve, client: httpx.AsyncClient, replicas: Pair, run_folder: Path
) -> None:
    await serve(digits(replicas[0]))
    pid = _pid(gateway)
    base = (run_folder / "envoy.base").read_text()
    (run_folder / "envoy.base").write_text("no number")

    async with Load(client) as load:
        with pytest.raises(GatewayError, match="Envoy exited with 1"):
            await gateway.replace()
        await load.more()
    (run_folder / "envoy.base").write_text(base)

    assert set(load.statuses) == {200}
    assert (gateway.observe().state, gateway.observe().pid) == ("serving", pid)
    await serve(digits(replicas[1]))
    assert (await client.post("/api/digits")).json()["replica"] == "b"
    await gateway.replace()
    assert gateway.observe().pid != pid


async def test_an_envoy_of_another_version_is_replaced_when_it_is_adopted(
    gateway: Gateway,
    client: httpx.AsyncClient,
    listen: str,
    replicas: Pair,
    new_owner: Callable[[str, Replica], Owner],
    run_folder: Path,
    tmp_path: Path,
) -> None:
    owner = new_owner(listen, replicas[0])
    owner.kill()
    record = json.loads((run_folder / "envoy.pid").read_text())
    (run_folder / "envoy.pid").write_text(json.dumps({**record, "version": "1.39.0"}))

    async with Load(client) as load, Stream(client, tmp_path) as stream:
        await gateway.serve(routing(listen, digits(*replicas)))
        await load.more()
        await stream.end()

    assert gateway.observe().pid != owner.envoy_pid
    assert set(load.statuses) == {200}
    assert json.loads((run_folder / "envoy.pid").read_text())["version"] != "1.39.0"


async def test_an_owner_that_dies_between_two_envoys_leaves_both_to_the_next(
    run_folder: Path,
    gateway: Gateway,
    client: httpx.AsyncClient,
    listen: str,
    replicas: Pair,
    tmp_path: Path,
) -> None:
    first = Gateway(run_folder, run_folder / "gateway.log", lambda: None)
    await first.serve(routing(listen, digits(*replicas)))
    async with Stream(client, tmp_path) as stream:
        await first.replace()
        pid = first.observe().pid
        await first.close()
        assert len(_envoys(run_folder)) == 2
        await gateway.serve(routing(listen, digits(*replicas)))
        assert gateway.observe().pid == pid
        await stream.end()


async def test_stopping_ends_the_one_before_too(
    gateway: Gateway, serve: Serve, client: httpx.AsyncClient, replicas: Pair, run_folder: Path
) -> None:
    await serve(digits(*replicas))
    async with client.stream("GET", "/api/digits?stream=50") as answer:
        events = answer.aiter_text()
        await anext(events)
        await gateway.replace()
        await gateway.stop(0)
        with pytest.raises(httpx.RemoteProtocolError):
            async for _ in events:
                pass
    assert not _envoys(run_folder)
    assert sorted(path.name for path in run_folder.iterdir()) == ["access.log", "gateway.log"]


def _pid(gateway: Gateway) -> int:
    pid = gateway.observe().pid
    assert pid
    return pid


def _envoys(run_folder: Path) -> list[ProcessIdentity]:
    """Those of this run folder, without the shells that are their parents."""
    found = find_all_by_argument(f"argosy:{run_folder}")
    return [process for process, arguments in found.items() if arguments[0] != "/bin/sh"]
