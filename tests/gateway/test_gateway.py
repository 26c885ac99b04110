"""The gateway's life: it starts, changes, dies, is adopted, stops."""

from __future__ import annotations

import asyncio
import itertools
import os
import signal
import socket
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Self

import httpx
import pytest

from argosy.errors import GatewayError
from argosy.gateway.gateway import Gateway
from argosy.gateway.routing import Route
from argosy.processes import ProcessIdentity, find_by_argument
from tests.gateway.conftest import Owner, Replica, digits, routing, until

Pair = tuple[Replica, Replica]


class Load:
    """Calls without a pause until told to stop; ``statuses`` holds what came back."""

    def __init__(self, client: httpx.AsyncClient, path: str = "/api/digits") -> None:
        self.statuses: list[int] = []
        self._client, self._path, self._on = client, path, True

    async def __aenter__(self) -> Self:
        self._tasks = [asyncio.create_task(self._call()) for _ in range(8)]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._on = False
        await asyncio.gather(*self._tasks)

    async def more(self) -> None:
        """Wait until each caller has had further answers."""
        enough = len(self.statuses) + 24
        await until(lambda: len(self.statuses) >= enough or self._tasks[0].done())

    async def _call(self) -> None:
        while self._on:
            self.statuses.append((await self._client.post(self._path)).status_code)


async def test_nothing_runs_before_it_is_told_to_serve(gateway: Gateway) -> None:
    assert gateway.observe().state == "absent"


async def test_serving_returns_when_requests_are_answered(
    gateway: Gateway, client: httpx.AsyncClient, listen: str, replicas: Pair
) -> None:
    wanted = routing(listen, digits(*replicas))
    await gateway.serve(wanted)

    answer = await client.post("/api/digits", json={"input": 1})

    assert answer.status_code == 200
    observed = gateway.observe()
    assert (observed.state, observed.listen, observed.published) == ("serving", listen, wanted)
    assert observed.pid
    assert os.getsid(observed.pid) == observed.pid


async def test_flipping_endpoints_costs_no_request(
    gateway: Gateway, client: httpx.AsyncClient, listen: str, replicas: Pair
) -> None:
    await gateway.serve(routing(listen, digits(replicas[0])))

    async with Load(client) as load:
        for replica, _ in zip(itertools.cycle(reversed(replicas)), range(20), strict=False):
            await gateway.publish(routing(listen, digits(replica)))
            await load.more()
            assert (await client.post("/api/digits")).json()["replica"] == replica.socket.stem

    assert set(load.statuses) == {200}


async def test_models_come_and_go_without_cost_to_the_others(
    gateway: Gateway, client: httpx.AsyncClient, listen: str, replicas: Pair
) -> None:
    await gateway.serve(routing(listen, digits(*replicas)))

    async with Load(client) as load:
        for _ in range(5):
            chat = replace(digits(*replicas), model="chat")
            await gateway.publish(routing(listen, digits(*replicas), chat))
            assert (await client.post("/api/chat")).status_code == 200
            await gateway.publish(routing(listen, digits(*replicas)))
            assert (await client.post("/api/chat")).status_code == 404
            await load.more()

    assert set(load.statuses) == {200}


async def test_a_removed_model_is_never_routed_to_nowhere(
    gateway: Gateway, client: httpx.AsyncClient, listen: str, replicas: Pair
) -> None:
    """Its route goes before its cluster: callers see 200, then 404, and no 503 between."""
    chat = replace(digits(*replicas), model="chat")
    await gateway.serve(routing(listen, digits(*replicas), chat))

    async with Load(client, "/api/chat") as load:
        await load.more()
        await gateway.publish(routing(listen, digits(*replicas)))
        await load.more()

    assert set(load.statuses) == {200, 404}


async def test_the_last_model_can_go_and_come_back(
    gateway: Gateway, client: httpx.AsyncClient, listen: str, replicas: Pair
) -> None:
    await gateway.serve(routing(listen, digits(*replicas)))

    await gateway.publish(routing(listen))
    gone = await client.post("/api/digits")
    await gateway.publish(routing(listen, digits(*replicas)))
    back = await client.post("/api/digits")

    assert (gone.status_code, back.status_code) == (404, 200)


async def test_a_refused_routing_raises_the_reason_and_changes_nothing(
    gateway: Gateway, client: httpx.AsyncClient, listen: str, replicas: Pair
) -> None:
    good = routing(listen, digits(*replicas))
    await gateway.serve(good)

    with pytest.raises(GatewayError, match="no-address") as refused:
        await gateway.publish(routing(listen, digits(replicas[0]), Route("bad", ("no-address:1",))))

    assert "\n" not in str(refused.value)
    assert gateway.observe().published == good
    assert (await client.post("/api/digits")).status_code == 200
    assert (await client.post("/api/bad")).status_code == 404

    await gateway.publish(routing(listen, digits(replicas[1])))
    assert (await client.post("/api/digits")).json()["replica"] == "b"


async def test_streams_survive_every_change(
    gateway: Gateway, client: httpx.AsyncClient, listen: str, replicas: Pair
) -> None:
    await gateway.serve(routing(listen, digits(replicas[0])))

    async with client.stream("GET", "/api/digits", params={"stream": 20}) as answer:
        events = answer.aiter_text()
        first = await anext(events)
        await gateway.publish(routing(listen, digits(replicas[1])))
        await gateway.publish(routing(listen))
        await gateway.publish(routing(_free_address(), digits(*replicas)))
        rest = [event async for event in events]

    assert "".join([first, *rest]).count("data:") == 20


async def test_the_listener_moves_to_another_port(
    gateway: Gateway, client: httpx.AsyncClient, listen: str, replicas: Pair
) -> None:
    await gateway.serve(routing(listen, digits(*replicas)))
    other = _free_address()

    await gateway.publish(routing(other, digits(*replicas)))

    assert (await client.post(f"http://{other}/api/digits")).status_code == 200
    with pytest.raises(httpx.ConnectError):
        async with httpx.AsyncClient() as stranger:
            await stranger.get(f"http://{listen}/health")


async def test_the_listener_moves_to_another_address_of_its_port(
    gateway: Gateway, client: httpx.AsyncClient, listen: str, replicas: Pair
) -> None:
    await gateway.serve(routing(listen, digits(*replicas)))
    everywhere = listen.replace("127.0.0.1", "0.0.0.0")

    await gateway.publish(routing(everywhere, digits(*replicas)))

    assert (await client.post("/api/digits")).status_code == 200
    assert gateway.observe().listen == everywhere


async def test_a_taken_port_is_said_with_its_holder(gateway: Gateway, listen: str) -> None:
    host, _, port = listen.partition(":")
    with socket.create_server((host, int(port))):
        with pytest.raises(GatewayError, match=rf"{listen} is taken by .*pid {os.getpid()}"):
            await gateway.serve(routing(listen))

    assert gateway.observe().state == "failed"
    assert gateway.observe().pid is None

    await gateway.serve(routing(listen))
    assert gateway.observe().state == "serving"


async def test_a_second_stack_cannot_share_the_port(
    gateway: Gateway, listen: str, tmp_path: Path, run_folder: Path
) -> None:
    await gateway.serve(routing(listen))
    second = Gateway(tmp_path, tmp_path / "gateway.log", lambda: None)

    with pytest.raises(GatewayError, match=f"taken by the stack of {run_folder} "):
        await second.serve(routing(listen))

    await second.close()


async def test_a_move_to_a_taken_port_is_refused_and_changes_nothing(
    gateway: Gateway, client: httpx.AsyncClient, listen: str, replicas: Pair
) -> None:
    await gateway.serve(routing(listen, digits(*replicas)))

    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        with pytest.raises(GatewayError, match=f"{address} is taken"):
            await gateway.publish(routing(address, digits(*replicas)))

    assert (await client.post("/api/digits")).status_code == 200
    assert gateway.observe().listen == listen


async def test_envoy_killed_is_started_again_with_the_reason(
    gateway: Gateway, client: httpx.AsyncClient, listen: str, replicas: Pair
) -> None:
    await gateway.serve(routing(listen, digits(*replicas)))
    changed = routing(listen, digits(replicas[1]))
    await gateway.publish(changed)
    for death in (1, 2):
        os.kill(_pid(gateway), signal.SIGKILL)
        await until(lambda death=death: _served_again(gateway, death))  # type: ignore[misc]
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
    await until(lambda: _served_again(gateway, 1))

    assert (await client.post("/api/digits")).json()["replica"] == "b"


async def test_every_change_of_state_is_told(run_folder: Path, listen: str) -> None:
    seen: list[str] = []
    gateway = Gateway(
        run_folder, run_folder / "gateway.log", lambda: seen.append(gateway.observe().state)
    )
    await gateway.serve(routing(listen))
    os.kill(_pid(gateway), signal.SIGKILL)
    await until(lambda: _served_again(gateway, 1))
    await gateway.stop(0)

    assert seen == ["starting", "serving", "restarting", "serving", "absent"]


async def test_envoy_outlives_its_killed_owner_and_is_adopted(
    gateway: Gateway,
    client: httpx.AsyncClient,
    listen: str,
    replicas: Pair,
    new_owner: Callable[[str, Replica], Owner],
) -> None:
    owner = new_owner(listen, replicas[0])

    async with client.stream("GET", "/api/digits", params={"stream": 25}) as answer:
        events = answer.aiter_text()
        first = await anext(events)
        owner.kill()
        async with Load(client) as load:
            await load.more()
            began = time.monotonic()
            await gateway.serve(routing(listen, digits(replicas[1])))
            took = time.monotonic() - began
            await load.more()
        rest = [event async for event in events]

    assert gateway.observe().pid == owner.envoy_pid
    assert took < 3
    assert set(load.statuses) == {200}
    assert "".join([first, *rest]).count("data:") == 25
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
    await until(lambda: _served_again(gateway, 1))

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
        await until(lambda: _refused(listen))
        assert ProcessIdentity.of(pid).alive
        rest = [event async for event in events]
    await stopping

    assert "".join(rest).count("data:") == 9
    assert not ProcessIdentity.of(pid).alive
    assert gateway.observe().state == "absent"
    assert sorted(path.name for path in run_folder.iterdir()) == ["gateway.log"]


async def test_stopping_waits_no_longer_than_its_grace(
    gateway: Gateway, client: httpx.AsyncClient, listen: str, replicas: Pair
) -> None:
    await gateway.serve(routing(listen, digits(*replicas)))

    call = asyncio.create_task(client.post("/api/digits", params={"delay": 5}))
    await until(lambda: _connections(listen) > 0)
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


async def test_metrics_are_in_prometheus_form(
    gateway: Gateway, client: httpx.AsyncClient, listen: str, replicas: Pair
) -> None:
    await gateway.serve(routing(listen, digits(*replicas)))
    await client.post("/api/digits")

    assert 'envoy_cluster_upstream_rq_total{envoy_cluster_name="digits"} 1' in await gateway.stats()


def _pid(gateway: Gateway) -> int:
    pid = gateway.observe().pid
    assert pid
    return pid


def _served_again(gateway: Gateway, restarts: int) -> bool:
    observed = gateway.observe()
    return observed.state == "serving" and observed.restarts == restarts


def _free_address() -> str:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{free.getsockname()[1]}"


def _refused(listen: str) -> bool:
    host, _, port = listen.partition(":")
    with socket.socket() as attempt:
        return attempt.connect_ex((host, int(port))) != 0


def _connections(listen: str) -> int:
    """Established connections to this port, as the kernel tells."""
    port = f":{int(listen.partition(':')[2]):04X}"
    lines = Path("/proc/net/tcp").read_text().splitlines()
    return sum(line.split()[1].endswith(port) and line.split()[3] == "01" for line in lines)
