"""The gateway serves a routing, and takes another one, without a cost to callers."""

from __future__ import annotations

import asyncio
import itertools
import os
import socket
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from argosy.errors import GatewayError
from argosy.gateway.gateway import Gateway
from argosy.gateway.routing import Route, Share
from tests.gateway.conftest import Pair, Replica, digits, routing, serving
from tests.gateway.load import Load
from tests.gateway.streams import Stream

IN_FLIGHT = 'envoy_http_downstream_rq_active{envoy_http_conn_manager_prefix="gateway"} 1\n'


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
    assert os.getsid(observed.pid) != os.getsid(0)


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


async def test_rolling_from_revision_to_revision_costs_no_request(
    gateway: Gateway, client: httpx.AsyncClient, listen: str, replicas: Pair
) -> None:
    await gateway.serve(routing(listen, _revision(1, replicas[0])))

    async with Load(client) as load:
        for number, replica in zip(range(2, 22), itertools.cycle(reversed(replicas)), strict=False):
            await gateway.publish(routing(listen, _revision(number, replica)))
            await load.more()
            assert (await client.post("/api/digits")).json()["replica"] == replica.socket.stem

    assert set(load.statuses) == {200}


def _revision(number: int, replica: Replica) -> Route:
    return Route("digits", (Share(number, (replica.address,)),))


async def test_a_request_that_arrives_while_its_revision_goes_is_answered_by_the_next(
    gateway: Gateway, listen: str, client: httpx.AsyncClient, mortals: Pair
) -> None:
    """Below /v1/ Envoy reads the whole body before it asks for the cluster it chose at first."""
    await gateway.serve(routing(listen, _revision(1, mortals[0]), Route("chat")))
    body = b'{"model": "digits"}'
    reader, writer = await asyncio.open_connection(*listen.split(":"))
    head = f"POST /v1/x HTTP/1.1\r\nhost: x\r\ncontent-length: {len(body)}\r\n\r\n"
    writer.write(head.encode() + body[:-1])
    async with asyncio.timeout(30):
        while IN_FLIGHT not in await gateway.stats():
            pass

    await gateway.publish(routing(listen, _revision(2, mortals[1]), Route("chat")))
    mortals[0].kill()
    writer.write(body[-1:])
    answer = await reader.readuntil(b"\r\n\r\n")
    writer.transport.abort()

    assert answer.startswith(b"HTTP/1.1 200 ")


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
        await gateway.publish(
            routing(listen, digits(replicas[0]), Route("bad", serving("no-address:1")))
        )

    assert "\n" not in str(refused.value)
    assert gateway.observe().published == good
    assert (await client.post("/api/digits")).status_code == 200
    assert (await client.post("/api/bad")).status_code == 404

    await gateway.publish(routing(listen, digits(replicas[1])))
    assert (await client.post("/api/digits")).json()["replica"] == "b"


async def test_streams_survive_every_change(
    gateway: Gateway,
    client: httpx.AsyncClient,
    listen: str,
    elsewhere: str,
    replicas: Pair,
    tmp_path: Path,
) -> None:
    await gateway.serve(routing(listen, digits(replicas[0])))

    async with Stream(client, tmp_path) as stream:
        await gateway.publish(routing(listen, digits(replicas[1])))
        await gateway.publish(routing(listen))
        await gateway.publish(routing(elsewhere, digits(*replicas)))
        await stream.end()


async def test_the_listener_moves_to_another_port(
    gateway: Gateway, client: httpx.AsyncClient, listen: str, elsewhere: str, replicas: Pair
) -> None:
    await gateway.serve(routing(listen, digits(*replicas)))

    await gateway.publish(routing(elsewhere, digits(*replicas)))

    assert (await client.post(f"http://{elsewhere}/api/digits")).status_code == 200
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


async def test_metrics_are_in_prometheus_form(
    gateway: Gateway, client: httpx.AsyncClient, listen: str, replicas: Pair
) -> None:
    await gateway.serve(routing(listen, digits(*replicas)))
    await client.post("/api/digits")

    told = await gateway.stats()
    assert 'envoy_cluster_upstream_rq_total{envoy_cluster_name="digits_r1"} 1' in told
    by_status = 'upstream_rq_xx{envoy_response_code_class="2",envoy_cluster_name="digits_r1"}'
    assert by_status not in told  # ours tell more, and nobody reads both
