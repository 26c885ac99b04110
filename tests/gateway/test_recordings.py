"""What a request and its copy were answered."""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncIterator

import grpc.aio
import httpx
import pytest

from argosy.gateway.gateway import Gateway
from argosy.gateway.recordings import LONGEST_BODY, Recorded
from argosy.gateway.routing import Route, Share
from tests.gateway.conftest import Pair, Serve, routing
from tests.gateway.load import Load
from tests.waiting import eventually


def _mirrored(replicas: Pair, fraction: float = 1.0, *, keeps_requests: bool = False) -> Route:
    primary, copy = Share(1, (replicas[0].address,)), Share(2, (replicas[1].address,), weight=0)
    shares = (primary, _with(copy, fraction, keeps_requests))
    return Route("digits", shares)


def _with(share: Share, fraction: float, keeps_requests: bool) -> Share:
    return Share(
        share.number, share.endpoints, weight=0, mirrored=fraction, keeps_requests=keeps_requests
    )


@pytest.fixture
def heard(gateway: Gateway) -> list[Recorded]:
    """What the gateway tells of answers to copied requests."""
    found: list[Recorded] = []
    gateway.recordings.listen("digits", found.append)
    return found


async def _both(heard: list[Recorded]) -> dict[int, Recorded]:
    """The answers by revision, once there are two."""
    await eventually(lambda: len(heard) >= 2)
    return {one.revision: one for one in heard}


async def test_both_answers_are_told(
    serve: Serve, client: httpx.AsyncClient, replicas: Pair, heard: list[Recorded]
) -> None:
    await serve(_mirrored(replicas))

    answer = await client.post("/v1/x", json={"model": "digits"})

    both = await _both(heard)
    assert set(both) == {1, 2}
    assert both[1].body == answer.content
    assert json.loads(both[2].body)["replica"] == "b"
    for one in both.values():
        assert one.id == answer.headers["x-request-id"]
        assert (one.model, one.status, one.whole) == ("digits", 200, True)
        assert (one.method, one.length) == ("POST", len(one.body))
        assert one.path.endswith("/v1/x")
        assert one.request == b""


async def test_the_body_of_the_request_is_told_where_the_routing_says_so(
    serve: Serve, client: httpx.AsyncClient, replicas: Pair, heard: list[Recorded]
) -> None:
    await serve(_mirrored(replicas, keeps_requests=True))
    await client.post("/api/digits", json={"input": "x"})
    both = await _both(heard)
    assert both[1].request == b""
    assert json.loads(both[2].request) == {"input": "x"}


@pytest.mark.parametrize("length", [59_999, 60_000, 80_000, 1_000_000])
async def test_a_long_body_is_not_told_and_goes_through(
    serve: Serve,
    gateway: Gateway,
    client: httpx.AsyncClient,
    replicas: Pair,
    heard: list[Recorded],
    length: int,
) -> None:
    """The first request of all, for which no connection is there yet."""
    await serve(_mirrored(replicas, keeps_requests=True))
    answer = await client.post("/api/digits", content=b"x" * length)
    assert answer.status_code == 200
    both = await _both(heard)
    assert len(both[2].request) == (length if length < 60_000 else 0)
    assert both[2].whole
    assert gateway.observe().restarts == 0


async def test_a_body_of_untold_length_is_not_told_and_goes_through(
    serve: Serve,
    gateway: Gateway,
    client: httpx.AsyncClient,
    replicas: Pair,
    heard: list[Recorded],
) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        for _ in range(8):
            yield b"x" * 16_384

    await serve(_mirrored(replicas, keeps_requests=True))
    assert (await client.post("/api/digits", content=pieces())).status_code == 200
    both = await _both(heard)
    assert both[2].request == b""
    assert both[2].whole
    assert gateway.observe().restarts == 0


async def test_streams_are_told_whole(
    serve: Serve, client: httpx.AsyncClient, replicas: Pair, heard: list[Recorded]
) -> None:
    await serve(_mirrored(replicas))
    answer = await client.get("/api/digits", params={"stream": 5})
    both = await _both(heard)
    assert both[1].body == both[2].body == answer.content
    assert both[2].seconds > 0.4


async def test_of_a_long_answer_the_beginning_is_told(
    serve: Serve, client: httpx.AsyncClient, replicas: Pair, heard: list[Recorded]
) -> None:
    await serve(_mirrored(replicas))
    answer = await client.get("/api/digits", params={"stream": 1, "large": LONGEST_BODY * 3})
    for one in (await _both(heard)).values():
        assert (one.length, one.whole) == (len(answer.content), False)
        assert one.body == answer.content[:LONGEST_BODY]
        assert one.digest == hashlib.blake2b(answer.content).digest()


async def test_grpc_is_told(
    serve: Serve, listen: str, grpc_replicas: Pair, heard: list[Recorded]
) -> None:
    one, two = (replica.address for replica in grpc_replicas)
    shares = (
        Share(1, ("unix:/nobody",), (one,)),
        Share(2, ("unix:/nobody",), (two,), weight=0, mirrored=1.0),
    )
    await serve(Route("digits", shares))

    async with grpc.aio.insecure_channel(listen) as channel:
        call = channel.unary_unary("/inference.GRPCInferenceService/ModelInfer")
        assert await call(b"x", metadata=[("model", "digits")]) == b"a x"

    both = await _both(heard)
    assert both[1].body.endswith(b"a x")
    assert both[2].body.endswith(b"b x")
    assert {one.grpc_status for one in both.values()} == {"0"}


async def test_what_was_not_copied_is_not_told(
    serve: Serve, client: httpx.AsyncClient, replicas: Pair, heard: list[Recorded]
) -> None:
    await serve(_mirrored(replicas, 0.2))
    marked = 0
    for _ in range(100):
        seen = (await client.post("/api/digits")).json()
        marked += "x-argosy-mirror" in seen["headers"]
    await eventually(lambda: len(heard) == 2 * marked)


async def test_a_copy_that_breaks_off_is_told_as_such(
    serve: Serve, client: httpx.AsyncClient, mortals: Pair, heard: list[Recorded]
) -> None:
    await serve(_mirrored(mortals))
    mortals[1].seen.touch()
    asked = asyncio.create_task(client.get("/api/digits", params={"stream": 20}))
    await eventually(lambda: bool(mortals[1].seen.read_text()))
    mortals[1].kill()
    both = await _both(heard)
    assert (await asked).status_code == 200
    assert (both[1].whole, both[2].whole) == (True, False)


async def test_recording_costs_no_request_when_nobody_listens_and_as_it_comes_and_goes(
    gateway: Gateway, client: httpx.AsyncClient, listen: str, replicas: Pair, heard: list[Recorded]
) -> None:
    await gateway.serve(routing(listen, _mirrored(replicas)))
    async with Load(client) as load:
        await load.more()
        await gateway.publish(routing(listen, _mirrored(replicas, 0.0)))
        await load.more()
        gateway.recordings.leave("digits")
        await gateway.publish(routing(listen, _mirrored(replicas)))
        await load.more()
        await gateway.close()
        await load.more()
        await load.more()
    assert set(load.statuses) == {200}
    assert heard
