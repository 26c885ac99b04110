"""What the service counts for Envoy: tokens, requests in flight, and rates that gateways share."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from argosy.gateway.gateway import Gateway
from argosy.gateway.resources import counting
from argosy.gateway.resources.snapshot import snapshot
from argosy.gateway.routing import Route, Routing
from argosy.keys.key import Key
from argosy.limits.rules import Rules
from argosy.processes import find_by_argument
from argosy.stack.model import Gateway as Settings
from argosy.stack.model import Limits, ModelLimits, Rate
from tests.gateway.conftest import Begin, Pair, digits
from tests.gateway.counts import IN_FLIGHT_OF_LIMITS, until_counted
from tests.waiting import PATIENCE, eventually

HOURLY = Rate(20, 3600)
CHAT = "/v1/chat/completions"


async def test_an_answer_is_paid_for_by_its_usage(begin: Begin, listen: str, chat: Route) -> None:
    envoy = await begin(asked(listen, Limits(tokens_per_day=1000), chat))

    async with envoy.calling() as client:
        answer = await client.post(CHAT, json={"model": "chat", "tokens": 120})

        assert answer.headers["x-ratelimit-limit-tokens"] == "1000"
        assert answer.headers["x-ratelimit-remaining-tokens"] == "1000"
        assert await left(client) == 880


@pytest.mark.parametrize(
    ("body", "paid"),
    [
        ({"usage": "asked", "tokens": 30}, 30),
        ({"usage": "last", "tokens": 40}, 40),
    ],
)
async def test_a_stream_is_paid_for_by_its_usage(
    begin: Begin, listen: str, chat: Route, body: dict[str, Any], paid: int
) -> None:
    envoy = await begin(asked(listen, Limits(tokens_per_day=1000), chat))

    async with envoy.calling() as client:
        answer = await client.post(CHAT, json={"model": "chat", "stream": True, **body})

        assert answer.text.count("data:") >= 6
        assert await left(client) == 1000 - paid


async def test_a_stream_without_usage_is_paid_for_by_its_length(
    begin: Begin, listen: str, chat: Route
) -> None:
    envoy = await begin(asked(listen, Limits(tokens_per_day=1000), chat))

    async with envoy.calling() as client:
        body = {"model": "chat", "stream": True, "tokens": 1, "filler": "x" * 400}
        answer = await client.post(CHAT, json=body)

        sent = len(answer.content)
        asked_for = int(answer.request.headers["content-length"])
        # Envoy counts the framing of chunks too.
        most = 1000 - -(-asked_for // 4) - -(-sent // 200)
        assert most - 2 <= await left(client) <= most


async def test_a_stream_whose_client_leaves_is_paid_for(
    begin: Begin, listen: str, chat: Route
) -> None:
    envoy = await begin(asked(listen, Limits(tokens_per_day=1000), chat))

    async with envoy.calling() as client:
        body = {"model": "chat", "stream": True, "tokens": 500, "usage": "last", "stop_after": 2}
        async with client.stream("POST", CHAT, json=body) as answer:
            async for line in answer.aiter_lines():
                if "2 " in line:
                    break
        await envoy.until_in_flight(0)

        assert 950 < await left(client) < 1000


async def test_an_answer_that_says_no_usage_costs_nothing_when_it_is_no_stream(
    begin: Begin, listen: str, chat: Route
) -> None:
    envoy = await begin(asked(listen, Limits(tokens_per_day=1000), chat))

    async with envoy.calling() as client:
        await client.post(CHAT, json={"model": "chat", "tokens": 9, "usage": "none"})

        assert await left(client) == 1000


async def test_a_large_answer_passes_and_is_paid_for(
    begin: Begin, listen: str, chat: Route
) -> None:
    envoy = await begin(asked(listen, Limits(tokens_per_day=1000), chat))

    async with envoy.calling() as client:
        body = {"model": "chat", "tokens": 7, "large": 8_000_000}
        answer = await client.post(CHAT, json=body)

        assert len(answer.content) > 8_000_000
        assert await left(client) == 993


async def test_a_budget_that_is_used_up_is_refused_until_its_window_ends(
    begin: Begin, listen: str, chat: Route
) -> None:
    envoy = await begin(asked(listen, Limits(tokens_per_day=100), chat))

    async with envoy.calling() as client:
        beyond = await client.post(CHAT, json={"model": "chat", "tokens": 101})
        refused = await client.post(CHAT, json={"model": "chat", "tokens": 1})
        below = await client.post("/models/chat/v1/completions", json={"tokens": 1})
        elsewhere = await client.post("/api/chat", json={"tokens": 1})
        other = await client.post(
            CHAT, json={"model": "chat", "tokens": 1}, headers={"x-key": "other"}
        )

    assert [one.status_code for one in (beyond, refused, below, elsewhere, other)] == [
        *(200, 429, 429, 200, 200)
    ]
    wait = refused.headers["retry-after"]
    assert int(wait) == pytest.approx(86400 - time.time() % 86400, abs=10)
    assert refused.json()["error"] == {
        "message": "Too many tokens: over the limit gateway.limits.tokens_per_day. "
        f"Try again in {wait} s.",
        "type": "tokens",
        "param": None,
        "code": "rate_limit_exceeded",
    }
    assert refused.headers["x-ratelimit-remaining-tokens"] == "0"


async def test_requests_in_flight_of_an_address_are_bounded(
    gateway: Gateway, client: httpx.AsyncClient, listen: str, replicas: Pair
) -> None:
    await gateway.serve(asked(listen, Limits(concurrency=3), digits(*replicas)))

    async with in_flight(client, gateway, 3):
        refused = await client.post("/api/digits")

    assert refused.status_code == 429
    assert refused.headers["retry-after"] == "1"
    assert refused.headers["x-argosy-limit"] == "gateway.limits.concurrency"
    assert (await client.post("/api/digits")).status_code == 200


async def test_requests_in_flight_of_a_model_are_bounded_for_all_its_callers(
    begin: Begin, listen: str, replicas: Pair
) -> None:
    route = replace(digits(*replicas), limits=ModelLimits(concurrency=2))
    free = replace(digits(*replicas), model="free")
    envoy = await begin(asked(listen, Limits(), route, free))

    async with envoy.calling() as client:
        slow = [
            asyncio.create_task(
                client.post("/api/digits?delay=3600", headers={"x-key": str(number)})
            )
            for number in range(2)
        ]
        await envoy.until_in_flight(2)
        refused = await client.post("/api/digits", headers={"x-key": "third"})
        elsewhere = await client.post("/api/free")
        for one in slow:
            one.cancel()
        await asyncio.gather(*slow, return_exceptions=True)
        await envoy.until_in_flight(0)
        after = await client.post("/api/digits")

    assert refused.status_code == 429
    assert refused.json()["detail"].startswith(
        "Too many requests: over the limit models.digits.limits.concurrency."
    )
    assert (elsewhere.status_code, after.status_code) == (200, 200)


async def test_requests_of_an_envoy_that_died_are_in_flight_no_more(
    gateway: Gateway, client: httpx.AsyncClient, listen: str, replicas: Pair
) -> None:
    await gateway.serve(asked(listen, Limits(concurrency=1), digits(*replicas)))

    async with in_flight(client, gateway, 1):
        pid = gateway.observe().pid
        assert pid
        os.kill(pid, signal.SIGKILL)
        await eventually(lambda: gateway.observe().pid not in {pid, None})

    assert (await client.post("/api/digits")).status_code == 200


async def test_the_service_is_started_again_and_no_request_waits_for_it(
    gateway: Gateway, client: httpx.AsyncClient, listen: str, replicas: Pair, run_folder: Path
) -> None:
    await gateway.serve(asked(listen, Limits(concurrency=1), digits(*replicas)))
    service = find_by_argument(f"limits:{run_folder}")
    assert service
    service.signal(signal.SIGKILL)

    answer = await client.post("/api/digits")

    assert answer.status_code == 200
    await until_counted(gateway.limits_stats, IN_FLIGHT_OF_LIMITS, 0)
    async with in_flight(client, gateway, 1):
        assert (await client.post("/api/digits")).status_code == 429


async def test_another_owner_takes_over_what_was_counted(
    gateway: Gateway, client: httpx.AsyncClient, listen: str, replicas: Pair, run_folder: Path
) -> None:
    wanted = asked(listen, Limits(concurrency=1), digits(*replicas))
    await gateway.serve(wanted)
    before = find_by_argument(f"limits:{run_folder}")
    await gateway.close()
    second = Gateway(run_folder, run_folder / "gateway.log", lambda: None)
    await second.serve(wanted)

    assert find_by_argument(f"limits:{run_folder}") == before
    await second.stop(0)
    assert find_by_argument(f"limits:{run_folder}") is None


async def test_without_anything_to_count_the_service_ends(
    gateway: Gateway, client: httpx.AsyncClient, listen: str, replicas: Pair, run_folder: Path
) -> None:
    wanted = asked(listen, Limits(), digits(*replicas))
    await gateway.serve(wanted)
    assert find_by_argument(f"limits:{run_folder}") is None

    await gateway.publish(asked(listen, Limits(concurrency=1), digits(*replicas)))
    assert find_by_argument(f"limits:{run_folder}")
    await gateway.publish(wanted)

    assert find_by_argument(f"limits:{run_folder}") is None
    assert (await client.post("/api/digits")).status_code == 200


def test_with_limits_that_envoy_counts_alone_nobody_is_asked() -> None:
    route = Route("digits", limits=ModelLimits(Rate(1)))
    made = asked("127.0.0.1:1", Limits(per_key=HOURLY, per_address=HOURLY), route)

    assert counting.rules(made) is None
    assert counting.filters(made) == []
    assert counting.CLUSTER not in snapshot(made).clusters


def test_only_what_needs_an_end_is_told_one() -> None:
    rates = replace(
        asked("127.0.0.1:1", Limits(per_key=HOURLY)),
        gateway=Settings(limits=Limits(per_key=HOURLY), redis="redis://h"),
    )
    flights = asked("127.0.0.1:1", Limits(concurrency=1))

    def ends(routing: Routing) -> list[bool]:
        return [
            one.get("apply_on_stream_done", False)
            for config in counting.questions(routing)["typed_per_filter_config"].values()
            for one in config["rate_limits"]
        ]

    assert ends(rates) == [False]
    assert ends(flights) == [False, True]


def test_the_rules_are_those_of_the_file_and_of_the_keys() -> None:
    keys = (
        Key("a", "ci", rate=Rate(1)),
        Key("b", "ci", rate=Rate(2), revoked_at=1.0),
        Key("c", ""),
    )
    route = Route("digits", limits=ModelLimits(Rate(3), 4))
    settings = Settings(limits=Limits(per_key=HOURLY), redis="redis://h", redis_failure="deny")

    assert counting.rules(Routing("desk", settings, (route, Route("chat")), keys)) == Rules(
        "desk",
        per_key=HOURLY,
        key_rates={"a": Rate(1)},
        model_rates={"digits": Rate(3)},
        model_concurrency={"digits": 4},
        redis="redis://h",
        redis_failure="deny",
    )


def asked(listen: str, limits: Limits, *routes: Route) -> Routing:
    return Routing("desk", Settings(listen, limits=limits), routes)


@asynccontextmanager
async def in_flight(client: httpx.AsyncClient, gateway: Gateway, count: int) -> AsyncIterator[None]:
    """So many requests that have no answer yet."""
    slow = [asyncio.create_task(client.post("/api/digits?delay=3600")) for _ in range(count)]
    await until_counted(gateway.limits_stats, IN_FLIGHT_OF_LIMITS, count)
    yield
    for one in slow:
        one.cancel()
    await asyncio.gather(*slow, return_exceptions=True)
    await until_counted(gateway.limits_stats, IN_FLIGHT_OF_LIMITS, 0)


async def left(client: httpx.AsyncClient) -> int:
    """Tokens of today, once nothing is in flight that may still be charged."""
    async with asyncio.timeout(PATIENCE):
        while True:
            body = {"model": "chat", "tokens": 0}
            first = (await client.post(CHAT, json=body)).headers["x-ratelimit-remaining-tokens"]
            second = (await client.post(CHAT, json=body)).headers["x-ratelimit-remaining-tokens"]
            if first == second:
                return int(first)
