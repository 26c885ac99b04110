"""Replicas that fail: who is asked instead, who is left alone, and what their callers are told."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import grpc
import grpc.aio
import httpx
import pytest

from argosy.gateway.gateway import Gateway
from argosy.gateway.routing import Route
from tests.gateway.conftest import Pair, Replica, Serve, digits, serving
from tests.gateway.counts import IN_FLIGHT, LEFT_ALONE, until_statistic
from tests.gateway.raw import (
    DATA,
    HTTP2_PREFACE,
    RST_STREAM,
    SETTINGS,
    connected,
    get,
    http2,
    http2_get,
    told,
)
from tests.waiting import eventually

UNAVAILABLE = "HTTP/1.1 503 Service Unavailable"
STREAM = "/inference.GRPCInferenceService/ModelStreamInfer"


async def test_all_that_one_of_two_replicas_had_in_flight_may_be_tried_again_at_once(
    serve: Serve, client: httpx.AsyncClient, mortals: Pair, tmp_path: Path
) -> None:
    """Which may be more than half: a burst spreads before there is anything to compare."""
    await serve(digits(*mortals))
    for replica in mortals:
        replica.seen.touch()

    held = {"hold": str(tmp_path / "go")}
    calls = [client.post("/api/digits", params=held, content=b"x") for _ in range(300)]
    asked = [asyncio.create_task(call) for call in calls]
    await eventually(lambda: sum(map(_asked, mortals)) == 300)
    busier, other = sorted(mortals, key=_asked, reverse=True)
    busier.kill()
    await eventually(lambda: _asked(other) + sum(one.done() for one in asked) == 300)
    (tmp_path / "go").touch()
    answers = await asyncio.gather(*asked)

    assert Counter(answer.status_code for answer in answers) == {200: 300}


async def test_what_may_not_be_tried_again_is_503_and_never_429(
    gateway: Gateway, serve: Serve, listen: str, mortals: Pair, tmp_path: Path
) -> None:
    """Beyond the budget Envoy says "overflow", as it does of a model that has enough to do."""
    await serve(Route("digits", serving(*(one.address for one in mortals), capacity=1000)))

    request = get(f"/api/digits?hold={tmp_path / 'never'}")
    asked = [asyncio.create_task(told(listen, request)) for _ in range(700)]
    await until_statistic(gateway, IN_FLIGHT, 700)
    for replica in mortals:
        replica.kill()
    answers = await asyncio.gather(*asked)

    assert Counter(answer.splitlines()[0] for answer in answers) == {UNAVAILABLE: 700}
    assert all("\r\nretry-after: 1\r\n" in answer for answer in answers)
    counted = 'envoy_cluster_upstream_rq_retry_overflow{envoy_cluster_name="digits_r1"} '
    (line,) = [one for one in (await gateway.stats()).splitlines() if one.startswith(counted)]
    assert int(line.removeprefix(counted)) > 0


def _asked(replica: Replica) -> int:
    return len(replica.seen.read_text().splitlines())


async def _who_answers(client: httpx.AsyncClient, calls: int = 40) -> Counter[str]:
    return Counter([(await client.post("/api/digits")).json()["replica"] for _ in range(calls)])


async def _fail(client: httpx.AsyncClient, status: int, only: str, times: int) -> None:
    """Ask until the replica ``only`` has failed so often in a row."""
    failed = 0
    while failed < times:
        answer = await client.post("/api/digits", params={"status": status, "only": only})
        failed += answer.status_code == status


@pytest.mark.parametrize("status", [502, 503, 504])
async def test_a_replica_that_fails_time_after_time_is_left_alone(
    gateway: Gateway, serve: Serve, client: httpx.AsyncClient, replicas: Pair, status: int
) -> None:
    await serve(digits(*replicas))

    await _fail(client, status, "a", 5)
    await until_statistic(gateway, LEFT_ALONE, 1)

    assert await _who_answers(client) == {"b": 40}


async def test_a_replica_that_was_left_alone_is_asked_again_after_some_seconds(
    gateway: Gateway, serve: Serve, client: httpx.AsyncClient, replicas: Pair
) -> None:
    await serve(digits(*replicas))
    await _fail(client, 503, "a", 5)
    await until_statistic(gateway, LEFT_ALONE, 1)
    assert await _who_answers(client) == {"b": 40}

    async with asyncio.timeout(30):
        while not (await _who_answers(client, 5))["a"]:
            pass


@pytest.mark.parametrize("status", [400, 429, 500])
async def test_an_error_that_says_something_of_the_request_costs_a_replica_nothing(
    serve: Serve, client: httpx.AsyncClient, replicas: Pair, status: int
) -> None:
    await serve(digits(*replicas))

    await _fail(client, status, "a", 12)

    assert (await _who_answers(client))["a"]


async def test_the_last_replica_is_never_left_alone(
    serve: Serve, client: httpx.AsyncClient, replicas: Pair
) -> None:
    await serve(digits(*replicas))

    for _ in range(60):
        await client.post("/api/digits", params={"status": 503})

    assert sum((await _who_answers(client)).values()) == 40


async def test_a_replica_that_was_left_alone_is_asked_at_once_when_the_others_go(
    gateway: Gateway, serve: Serve, client: httpx.AsyncClient, replicas: Pair
) -> None:
    """With Envoy's panic mode off, everybody would be told 503 for some seconds."""
    await serve(digits(*replicas))
    await _fail(client, 503, "a", 5)
    await until_statistic(gateway, LEFT_ALONE, 1)
    assert await _who_answers(client) == {"b": 40}

    await serve(digits(replicas[0]))

    assert await _who_answers(client) == {"a": 40}


async def test_a_replica_that_cannot_be_reached_is_soon_asked_no_more(
    gateway: Gateway, serve: Serve, client: httpx.AsyncClient, mortals: Pair
) -> None:
    await serve(digits(*mortals))
    mortals[0].kill()

    assert (await _who_answers(client)) == {"d": 40}
    await until_statistic(gateway, LEFT_ALONE, 1)


async def test_over_http1_a_stream_whose_replica_dies_breaks_off_without_its_end(
    serve: Serve, client: httpx.AsyncClient, new_replica: Callable[[str], Replica]
) -> None:
    """Envoy can add nothing to an answer that has begun, so that callers see no event."""
    await serve(digits(new_replica("c")))

    async with client.stream("GET", "/api/digits?stream=5&die=answering") as answer:
        parts = answer.aiter_bytes()
        first = await anext(parts)
        with pytest.raises(httpx.RemoteProtocolError):
            await anext(parts)

    assert (answer.status_code, first) == (200, b"data: 0\n\n")


async def test_over_http2_a_stream_whose_replica_dies_is_reset(
    serve: Serve, listen: str, new_replica: Callable[[str], Replica]
) -> None:
    await serve(digits(new_replica("c")))

    async with connected(listen) as connection:
        await connection.send(HTTP2_PREFACE + http2(SETTINGS, 0, 0))
        await connection.send(http2_get(1, "/api/digits?stream=5&die=answering"))
        kinds = []
        while (frame := await connection.frame())[0] != RST_STREAM:
            kinds.append(frame[0])

    assert DATA in kinds
    assert int.from_bytes(frame[2]) == 2  # INTERNAL_ERROR


async def test_a_grpc_stream_whose_replica_dies_ends_with_a_status(
    serve: Serve, listen: str, new_replica: Callable[..., Replica]
) -> None:
    replica = new_replica("c", "grpc_replica.py")
    await serve(Route("digits", serving("unix:/nobody", grpc_endpoints=(replica.address,))))

    async def messages() -> AsyncIterator[bytes]:
        yield b"1"
        await asyncio.Event().wait()

    async with grpc.aio.insecure_channel(listen) as channel:
        call = channel.stream_stream(STREAM)(messages(), timeout=30)
        assert await call.read() == b"c 1"
        replica.kill()
        with pytest.raises(grpc.aio.AioRpcError) as broken:
            await call.read()

    assert broken.value.code() == grpc.StatusCode.INTERNAL  # as gRPC reads HTTP/2's
