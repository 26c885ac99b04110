"""What a caller meets: routes, failures of replicas, large and long requests."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import httpx
import pytest

from argosy.gateway.gateway import Gateway
from argosy.gateway.routing import Route
from tests.gateway.conftest import Pair, Replica, Serve, digits, serving
from tests.gateway.counts import AT_REPLICAS, until_statistic

PROBLEM = "application/problem+json"


@pytest.mark.parametrize(
    ("asked", "arrives"),
    [
        ("/api/digits", "/predict"),
        ("/api/digits/", "/predict"),
        ("/api/digits?explain=1&x=%2F", "/predict?explain=1&x=%2F"),
        ("/models/digits", "/"),
        ("/models/digits/", "/"),
        ("/models/digits/ready", "/ready"),
        ("/models/digits/docs//a?b=c", "/docs//a?b=c"),
        ("/models/digits/x/../ready", "/ready"),
    ],
)
async def test_a_path_leads_to_the_model(
    serve: Serve, listen: str, replicas: Pair, asked: str, arrives: str
) -> None:
    await serve(digits(replicas[0]))

    request = f"GET {asked} HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"
    answer = await _send(listen, request)  # httpx would normalize the path

    assert f'"path": "{arrives}"' in answer


async def _send(listen: str, request: str) -> str:
    """One request on a connection of its own; the whole answer, head and body."""
    reader, writer = await asyncio.open_connection(*listen.split(":"))
    writer.write(request.encode())
    answer = (await reader.read()).decode()
    writer.close()
    await writer.wait_closed()
    return answer


async def test_the_gateway_has_pages_of_its_own(
    serve: Serve, client: httpx.AsyncClient, replicas: Pair
) -> None:
    await serve(digits(*replicas))

    health, ready, index = [await client.get(path) for path in ("/health", "/ready", "/")]

    assert (health.status_code, health.json()) == (200, {"status": "ok"})
    assert (ready.status_code, ready.json()) == (200, {"status": "ready"})
    assert index.json() == {"stack": "desk", "models": [{"name": "digits", "path": "/api/digits"}]}
    assert {page.headers["content-type"] for page in (health, ready, index)} == {"application/json"}


async def test_an_undeclared_model_is_404_and_the_declared_are_named(
    serve: Serve, client: httpx.AsyncClient, replicas: Pair
) -> None:
    await serve(digits(*replicas), Route("chat"))

    for path in ("/api/digit", "/api/digitsX", "/models/nope/ready", "/models/digitsX"):
        answer = await client.post(path)
        assert answer.status_code == 404
        assert answer.headers["content-type"] == PROBLEM
        assert answer.json()["detail"] == "No such model. The models of desk are: digits, chat."


async def test_another_path_is_404_and_the_paths_are_named(
    serve: Serve, client: httpx.AsyncClient
) -> None:
    await serve()

    answer = await client.get("/v3/x")

    assert answer.status_code == 404
    assert answer.headers["content-type"] == PROBLEM
    assert "/api/<model>" in answer.json()["detail"]


async def test_a_model_without_replicas_is_503_with_the_reason(
    serve: Serve, client: httpx.AsyncClient, replicas: Pair
) -> None:
    reason = 'loading "big\\one"\n100% of %REQ(:path)% é'
    await serve(digits(*replicas), Route("chat", (), reason, 7))

    for path in ("/api/chat", "/models/chat/ready"):
        answer = await client.post(path)
        assert answer.status_code == 503
        assert answer.headers["content-type"] == PROBLEM
        assert answer.headers["retry-after"] == "7"
        assert answer.json()["reason"] == reason
    ready = await client.get("/ready")
    assert (ready.status_code, ready.json()["unavailable"]) == (503, {"chat": reason})


async def test_many_models_with_long_reasons_fit(serve: Serve, client: httpx.AsyncClient) -> None:
    """Envoy refuses a reply above 4096 bytes unless it is told the limit."""
    routes = [Route(f"model-{number:04}", (), "why " * 5000) for number in range(300)]
    await serve(*routes)

    index = await client.get("/")
    ready = await client.get("/ready")

    assert len(index.json()["models"]) == 300
    assert ready.json()["detail"].endswith("model-0049 and 250 more.")


async def test_no_trace_of_envoy_or_the_replica_server_is_shown(
    serve: Serve, client: httpx.AsyncClient, replicas: Pair
) -> None:
    await serve(digits(*replicas))

    answer = await client.post("/api/digits")

    assert answer.headers["server"] == "argosy"
    assert not [name for name in answer.headers if name.startswith("x-envoy")]


async def test_a_caller_cannot_steer_envoy_by_headers(
    serve: Serve, client: httpx.AsyncClient, replicas: Pair
) -> None:
    await serve(digits(*replicas))

    headers = {"x-envoy-upstream-rq-timeout-ms": "1", "x-envoy-max-retries": "9"}
    answer = await client.post("/api/digits", params={"delay": 0.2}, headers=headers)

    assert answer.status_code == 200
    assert not [name for name in answer.json()["headers"] if name.startswith("x-envoy")]


async def test_replicas_are_told_who_calls_whatever_a_caller_says(
    serve: Serve, client: httpx.AsyncClient, replicas: Pair
) -> None:
    await serve(digits(*replicas))

    headers = {"x-argosy-caller": "somebody else", "priority": "u=1"}
    answer = await client.post("/api/digits", headers=headers)

    seen = answer.json()["headers"]
    assert seen["x-argosy-caller"] == "127.0.0.1"
    assert seen["priority"] == "u=1"


async def test_a_request_has_an_id_and_keeps_one_that_it_brings(
    serve: Serve, client: httpx.AsyncClient, replicas: Pair
) -> None:
    await serve(digits(*replicas))

    made = await client.post("/api/digits")
    brought = await client.post("/api/digits", headers={"x-request-id": "mine-1"})

    assert made.headers["x-request-id"] == made.json()["headers"]["x-request-id"]
    assert brought.headers["x-request-id"] == brought.json()["headers"]["x-request-id"] == "mine-1"


async def test_a_trace_goes_on_at_the_replica(
    serve: Serve, client: httpx.AsyncClient, replicas: Pair
) -> None:
    await serve(digits(*replicas))

    trace = {
        "traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
        "tracestate": "vendor=1",
    }
    for path in ("/api/digits", "/v1/x", "/v2/models/digits", "/models/digits/x"):
        seen = (await client.post(path, json={}, headers=trace)).json()["headers"]
        assert {name: seen[name] for name in trace} == trace


async def test_requests_spread_over_replicas(
    serve: Serve, client: httpx.AsyncClient, replicas: Pair
) -> None:
    """By chance while there is nothing to compare, so the spread of a burst is even on average."""
    await serve(digits(*replicas))

    calls = [client.post("/api/digits", params={"delay": 0.2}) for _ in range(60)]
    answers = [answer.json()["replica"] for answer in await asyncio.gather(*calls)]

    assert min(answers.count("a"), answers.count("b")) >= 10


async def test_a_busy_replica_is_seldom_asked_while_another_has_nothing_to_do(
    gateway: Gateway, serve: Serve, client: httpx.AsyncClient, replicas: Pair, tmp_path: Path
) -> None:
    """Once in 16 times, where Envoy's default would do it once in 4."""
    await serve(digits(*replicas))

    held = client.post("/api/digits", params={"hold": str(tmp_path / "go")})
    long = asyncio.create_task(held)
    await until_statistic(gateway, AT_REPLICAS, 1)
    short = [(await client.post("/api/digits")).json()["replica"] for _ in range(400)]
    (tmp_path / "go").touch()

    assert 0 < Counter(short)[(await long).json()["replica"]] < 60


@pytest.mark.alone
async def test_events_arrive_as_they_are_sent(
    serve: Serve, client: httpx.AsyncClient, replicas: Pair
) -> None:
    await serve(digits(*replicas))

    began = time.monotonic()
    async with client.stream("GET", "/api/digits", params={"stream": 10}) as answer:
        arrivals = [time.monotonic() - began async for _ in answer.aiter_bytes()]

    assert arrivals[0] < 0.5
    assert arrivals[-1] > 0.8


@pytest.mark.alone
async def test_1000_callers_at_once_are_all_answered(
    serve: Serve, listen: str, replicas: Pair
) -> None:
    """Of a model that takes as many: they all await a connection at first."""
    addresses = (one.address for one in replicas)
    await serve(Route("digits", serving(*addresses, capacity=1000)))

    request = "GET /api/digits?delay=1 HTTP/1.1\r\nhost: x\r\nconnection: close\r\n\r\n"
    answers = await asyncio.gather(*(_send(listen, request) for _ in range(1000)))

    assert {answer.partition("\r\n")[0] for answer in answers} == {"HTTP/1.1 200 OK"}


async def test_a_large_upload_passes(
    serve: Serve, client: httpx.AsyncClient, replicas: Pair
) -> None:
    await serve(digits(*replicas))

    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(100):
            yield bytes(100 << 10)

    whole = await client.post("/api/digits", content=bytes(10 << 20))
    chunked = await client.post("/api/digits", content=chunks())

    assert [whole.json()["length"], chunked.json()["length"]] == [10 << 20, 100 * (100 << 10)]


async def test_a_replica_that_stays_silent_is_504(
    serve: Serve, client: httpx.AsyncClient, replicas: Pair
) -> None:
    route = Route("digits", serving(replicas[0].address), timeout=0.2)
    await serve(route)

    answer = await client.post("/api/digits", params={"delay": 5})

    assert answer.status_code == 504
    assert answer.headers["content-type"] == PROBLEM
    assert answer.json()["detail"] == "Nothing was sent for too long."


async def test_a_stream_that_moves_outlives_the_timeout(
    serve: Serve, client: httpx.AsyncClient, replicas: Pair
) -> None:
    """Envoy's own route timeout covers the whole answer, and would cut it."""
    route = Route("digits", serving(replicas[0].address), timeout=1)
    await serve(route)

    answer = await client.get("/api/digits", params={"stream": 20})

    assert answer.text == "".join(f"data: {count}\n\n" for count in range(20))
    assert answer.elapsed.total_seconds() > 1.5


async def test_a_stream_that_falls_silent_is_cut(serve: Serve, listen: str, replicas: Pair) -> None:
    route = Route("digits", serving(replicas[0].address), timeout=0.5)
    await serve(route)

    answer = await _send(listen, "GET /api/digits?stream=2&hang=5 HTTP/1.1\r\nhost: x\r\n\r\n")

    assert "HTTP/1.1 200 OK" in answer
    assert answer.endswith("data: 1\n\n\r\n")  # without the last chunk, which is empty


async def test_a_request_whose_replica_dies_silent_is_answered_by_another(
    serve: Serve, client: httpx.AsyncClient, mortals: Pair, silent_death: dict[str, str]
) -> None:
    await serve(digits(*mortals))

    answer = await client.post("/api/digits", params=silent_death, content="x")

    assert answer.status_code == 200
    assert answer.json()["length"] == 1
    assert Path(silent_death["once"]).exists()


async def test_an_upload_above_the_buffer_is_not_tried_again(
    serve: Serve, client: httpx.AsyncClient, mortals: Pair, silent_death: dict[str, str]
) -> None:
    await serve(digits(*mortals))

    answer = await client.post("/api/digits", params=silent_death, content=bytes(20 << 20))

    assert answer.status_code == 503
    assert answer.headers["retry-after"] == "1"
    assert answer.json()["detail"] == "The replica ended before it answered."


async def test_a_large_upload_is_tried_again(
    serve: Serve, client: httpx.AsyncClient, mortals: Pair, silent_death: dict[str, str]
) -> None:
    """First a replica dies with it, then no connection to that replica can be made."""
    await serve(digits(*mortals))

    for _ in range(20):
        answer = await client.post("/api/digits", params=silent_death, content=bytes(10 << 20))
        assert answer.json()["length"] == 10 << 20


async def test_an_upload_that_outgrows_the_buffer_between_two_tries_is_503(
    serve: Serve, listen: str, run_folder: Path
) -> None:
    """Envoy says 507 by itself, which callers would not take for a reason to try again."""
    await serve(Route("digits", serving(f"unix:{run_folder}/gone")))

    head = f"POST /api/digits HTTP/1.1\r\nhost: x\r\ncontent-length: {40 << 20}\r\n\r\n"
    reader, writer = await asyncio.open_connection(*listen.split(":"))
    writer.write(head.encode() + bytes(17 << 20))
    answer = (await reader.readuntil(b"\r\n\r\n")).decode()
    writer.transport.abort()

    assert answer.startswith("HTTP/1.1 503 ")
    assert "retry-after: 1\r\n" in answer


async def test_an_answer_that_breaks_off_is_not_tried_again(
    serve: Serve, listen: str, mortals: Pair
) -> None:
    await serve(digits(*mortals))

    request = "GET /api/digits?stream=5&die=answering HTTP/1.1\r\nhost: x\r\n\r\n"
    answer = await _send(listen, request)

    assert "HTTP/1.1 200 OK" in answer
    assert answer.endswith("data: 0\n\n\r\n")  # without the last chunk, which is empty


async def test_the_only_replica_dying_is_503(
    serve: Serve,
    client: httpx.AsyncClient,
    new_replica: Callable[[str], Replica],
    silent_death: dict[str, str],
) -> None:
    await serve(digits(new_replica("c")))

    in_flight = await client.post("/api/digits", params=silent_death)
    later = await client.post("/api/digits")

    for answer in (in_flight, later):
        assert answer.status_code == 503
        assert answer.headers["content-type"] == PROBLEM
        assert answer.headers["retry-after"] == "1"
    assert later.json()["detail"] == "No connection to a replica could be made."


async def test_the_death_of_one_of_two_replicas_under_load_costs_no_request(
    serve: Serve, client: httpx.AsyncClient, mortals: Pair, silent_death: dict[str, str]
) -> None:
    """It ends itself, so that no answer of its is half-way: such a one cannot be tried again."""
    await serve(digits(*mortals))

    async def call_often() -> list[str]:
        answers = [await client.post("/api/digits", params={"delay": 0.01}) for _ in range(400)]
        return [answer.text for answer in answers if answer.status_code != 200]

    load = [asyncio.create_task(call_often()) for _ in range(16)]
    await client.post("/api/digits", params={"delay": 0.2})
    await client.post("/api/digits", params=silent_death)
    failures = [text for part in await asyncio.gather(*load) for text in part]

    assert Path(silent_death["once"]).exists()
    assert failures == []


async def test_nonsense_is_refused_as_a_problem(serve: Serve, listen: str) -> None:
    await serve()

    answer = await _send(listen, "GET / HTTP/1.1\r\nconnection: close\r\n\r\n")  # without a host

    assert " 400 " in answer
    assert PROBLEM in answer
