"""More than a model or the gateway takes is refused at once, in the caller's own protocol."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import grpc
import grpc.aio
import httpx
import pytest

from argosy.gateway.gateway import Gateway
from argosy.gateway.routing import Route, Routing
from argosy.stack.model import Gateway as Settings
from argosy.stack.model import Patience
from tests.gateway.conftest import Pair, Replica, Serve, digits, serving
from tests.gateway.counts import CONNECTIONS, IN_FLIGHT, until_statistic
from tests.gateway.load import Load
from tests.gateway.raw import connected, get, post, told

INFER = "/inference.GRPCInferenceService/ModelInfer"
SILENT = "/inference.GRPCInferenceService/Silent"
CHAT = "/v1/chat/completions"
BUSY = "As many requests as the model takes are in flight already."


def bounded(capacity: int, *replicas: Replica, **more: Any) -> Route:
    return Route("digits", serving(*(one.address for one in replicas), capacity=capacity), **more)


@pytest.mark.alone
async def test_a_burst_beyond_the_capacity_is_429_at_once_and_all_else_is_answered(
    serve: Serve, client: httpx.AsyncClient, replicas: Pair
) -> None:
    """What awaits a connection counts as waiting: with less than all for it, more are refused."""
    await serve(bounded(50, *replicas))

    calls = [client.post("/api/digits", params={"delay": 1}) for _ in range(80)]
    answers = await asyncio.gather(*calls)

    refused = [answer for answer in answers if answer.status_code == 429]
    assert len(refused) == 30
    assert {answer.status_code for answer in answers} == {200, 429}
    assert max(answer.elapsed.total_seconds() for answer in refused) < 0.9
    for answer in refused:
        assert not [name for name in answer.headers if name.startswith("x-envoy")]
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.headers["retry-after"] == "1"
        assert (answer.json()["status"], answer.json()["detail"]) == (429, BUSY)


async def test_what_has_ended_makes_room(
    serve: Serve, client: httpx.AsyncClient, replicas: Pair
) -> None:
    await serve(bounded(1, *replicas))

    for _ in range(5):
        assert (await client.post("/api/digits")).status_code == 200


@pytest.fixture
async def full(gateway: Gateway, serve: Serve, client: httpx.AsyncClient, replicas: Pair) -> Any:
    """A model that has as much to do as it takes, and whose one request is let go with the test."""
    await serve(bounded(1, replicas[0]), Route("other", serving(replicas[1].address, capacity=1)))
    asked = asyncio.create_task(client.post("/api/digits", params={"delay": 20}))
    await until_statistic(gateway, IN_FLIGHT, 1)
    yield
    asked.cancel()


async def test_each_protocol_has_its_own_429(full: None, client: httpx.AsyncClient) -> None:
    openai = await client.post(CHAT, json={"model": "digits"})
    inference = await client.post("/v2/models/digits/infer", json={})

    assert (openai.status_code, inference.status_code) == (429, 429)
    assert openai.headers["retry-after"] == inference.headers["retry-after"] == "1"
    error = {"message": BUSY, "type": "rate_limit_error", "param": None, "code": None}
    assert openai.json() == {"error": error}
    assert inference.json() == {"error": BUSY}


async def test_a_full_model_keeps_no_other_from_answering(
    full: None, client: httpx.AsyncClient
) -> None:
    assert (await client.post("/api/other")).status_code == 200


async def test_grpc_calls_beyond_the_capacity_are_resource_exhausted(
    gateway: Gateway, serve: Serve, listen: str, grpc_replicas: Pair
) -> None:
    address = grpc_replicas[0].address
    await serve(Route("digits", serving("unix:/nobody", grpc_endpoints=(address,), capacity=2)))

    async with grpc.aio.insecure_channel(listen) as channel:
        held = [channel.unary_unary(SILENT)(b"x") for _ in range(2)]
        tasks = [asyncio.ensure_future(call) for call in held]
        await until_statistic(gateway, IN_FLIGHT, 2)
        with pytest.raises(grpc.aio.AioRpcError) as refused:
            await channel.unary_unary(INFER)(b"x", timeout=10)
        for task in tasks:
            task.cancel()

    assert refused.value.code() == grpc.StatusCode.RESOURCE_EXHAUSTED
    assert refused.value.details() == BUSY
    told_too = [*(refused.value.initial_metadata() or ()), *refused.value.trailing_metadata()]
    assert ("retry-after", "1") in [tuple(one) for one in told_too]


async def test_another_capacity_under_load_costs_no_request(
    serve: Serve, client: httpx.AsyncClient, replicas: Pair
) -> None:
    """Envoy replaces a cluster whose definition changes."""
    await serve(bounded(100, *replicas))

    async with Load(client) as load:
        for capacity in (200, 300, 100):
            await load.more()
            await serve(bounded(capacity, *replicas))
        await load.more()

    assert set(load.statuses) == {200}


async def test_a_body_that_says_it_is_too_large_is_413_before_it_is_read(
    serve: Serve, listen: str, replicas: Pair
) -> None:
    await serve(Route("digits", serving(replicas[0].address), max_body=1000))

    async with connected(listen) as connection:
        await connection.send(post("/api/digits", "content-length: 1001"))  # and nothing of it
        answer = (await connection.rest()).decode()

    assert answer.startswith("HTTP/1.1 413 ")
    assert "content-type: application/problem+json\r\n" in answer


async def test_a_body_of_unknown_length_is_cut_when_it_grows_too_large(
    serve: Serve, listen: str, replicas: Pair
) -> None:
    await serve(Route("digits", serving(replicas[0].address), max_body=1000))

    chunk = b"258\r\n" + b"x" * 600 + b"\r\n"
    async with connected(listen) as connection:
        await connection.send(post("/api/digits", "transfer-encoding: chunked") + chunk + chunk)
        answer = (await connection.rest()).decode()

    assert answer.startswith("HTTP/1.1 413 ")


@pytest.mark.parametrize(("size", "status"), [(1000, 200), (1001, 413)])
async def test_the_limit_itself_passes(
    serve: Serve, client: httpx.AsyncClient, replicas: Pair, size: int, status: int
) -> None:
    await serve(Route("digits", serving(replicas[0].address), max_body=1000))

    answer = await client.post("/api/digits", content=bytes(size))

    assert answer.status_code == status


async def test_each_model_has_a_limit_of_its_own_in_its_protocols_form(
    serve: Serve, client: httpx.AsyncClient, replicas: Pair
) -> None:
    wide = Route("chat", serving(replicas[1].address), max_body=100_000)
    await serve(Route("digits", serving(replicas[0].address), max_body=1000), wide)

    for path in ("/api/{}", "/models/{}/predict", "/v2/models/{}/infer"):
        narrow_answer = await client.post(path.format("digits"), content=bytes(5000))
        assert narrow_answer.status_code == 413
        assert (await client.post(path.format("chat"), content=bytes(5000))).status_code == 200
    assert set(narrow_answer.json()) == {"error"}


async def test_below_v1_a_replica_is_asked_before_its_own_limit_counts(
    serve: Serve, client: httpx.AsyncClient, replicas: Pair
) -> None:
    """The model is known only from the body, which the gateway has then read."""
    await serve(Route("digits", serving(replicas[0].address), max_body=1000), Route("chat"))

    body = json.dumps({"model": "digits", "input": "x" * 5000})
    answer = await client.post(CHAT, content=body)

    assert answer.json()["length"] == len(body)


async def test_a_stream_of_grpc_messages_has_no_limit_as_a_whole(
    serve: Serve, listen: str, grpc_replicas: Pair
) -> None:
    address = grpc_replicas[0].address
    await serve(Route("digits", serving("unix:/nobody", grpc_endpoints=(address,)), max_body=1000))

    async def messages() -> AsyncIterator[bytes]:
        for _ in range(20):
            yield bytes(500)

    async with grpc.aio.insecure_channel(listen) as channel:
        stream = channel.stream_stream("/inference.GRPCInferenceService/ModelStreamInfer")
        answers = [len(answer) async for answer in stream(messages(), timeout=30)]

    assert len(answers) == 20


async def test_connections_beyond_the_ceiling_are_closed_and_those_open_go_on(
    gateway: Gateway, listen: str, replicas: Pair
) -> None:
    await gateway.serve(Routing("desk", Settings(listen, max_connections=3), (digits(*replicas),)))
    await until_statistic(gateway, CONNECTIONS, 0)

    async with connected(listen) as one, connected(listen) as two, connected(listen) as three:
        for connection in (one, two, three):
            await connection.send(b"GET /health HTTP/1.1\r\nhost: x\r\n\r\n")
            assert "200 OK" in await connection.head()
            assert b"ok" in await connection.reader.readexactly(16)
        assert await told(listen, get("/health")) == ""
        await one.send(b"GET /health HTTP/1.1\r\nhost: x\r\n\r\n")
        assert "200 OK" in await one.head()
    await until_statistic(gateway, CONNECTIONS, 0)
    assert "200 OK" in await told(listen, get("/health"))


async def test_a_gateway_short_of_memory_refuses_at_once_and_recovers(
    run_folder: Path, listen: str, replicas: Pair
) -> None:
    """Three uploads that stand still fill 40 MiB, until they have been silent for too long."""
    gateway = Gateway(run_folder, run_folder / "gateway.log", lambda: None, memory=80 << 20)
    upload = post(CHAT, f"content-length: {16 << 20}", body=b'{"input": "' + b"x" * (12 << 20))
    settings = Settings(listen, patience=Patience(silence=3))
    try:
        await gateway.serve(Routing("desk", settings, (digits(*replicas),)))
        async with httpx.AsyncClient(base_url=f"http://{listen}") as client:
            assert (await client.get("/health")).status_code == 200
            async with (
                connected(listen) as one,
                connected(listen) as two,
                connected(listen) as last,
            ):
                for slow in (one, two, last):
                    slow.writer.write(upload)
                refused = await _first(client, "/health", 503)
                openai = await client.get("/v1/models")
                cut = await one.head()
            assert (await _first(client, "/health", 200)).status_code == 200
    finally:
        await gateway.stop(0)

    assert refused.json()["detail"] == "The gateway is short of memory."
    assert refused.headers["retry-after"] == openai.headers["retry-after"] == "1"
    assert openai.json()["error"]["message"] == "The gateway is short of memory."
    assert cut.startswith("HTTP/1.1 408 ")


async def _first(client: httpx.AsyncClient, path: str, status: int) -> httpx.Response:
    async with asyncio.timeout(30):
        while (answer := await client.get(path)).status_code != status:  # noqa: ASYNC110  as above
            await asyncio.sleep(0.01)
    return answer
