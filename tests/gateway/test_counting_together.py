"""Gateways that count together in a Redis, and what they do while it is away."""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter
from dataclasses import replace
from typing import Any

import httpx
import pytest

from argosy.gateway.routing import Route, Routing
from argosy.keys.key import Key
from argosy.stack.model import Gateway as Settings
from argosy.stack.model import Limits, ModelLimits, Rate
from tests.gateway.conftest import Begin, Pair, digits
from tests.redis_server import RedisServer

HOURLY = Rate(20, 3600)
CHAT = "/v1/chat/completions"


async def test_two_gateways_let_pass_what_one_would(
    begin: Begin, listen: str, elsewhere: str, replicas: Pair, redis_server: RedisServer
) -> None:
    wanted = shared(listen, redis_server, Limits(per_key=HOURLY), digits(*replicas))
    keys = (Key("own", "ci", rate=Rate(7, 3600)),)
    one = await begin(replace(wanted, keys=keys))
    other = await begin(
        replace(wanted, keys=keys, gateway=replace(wanted.gateway, listen=elsewhere))
    )

    async with one.calling() as first, other.calling() as second:

        async def ask(client: httpx.AsyncClient, key: str) -> list[httpx.Response]:
            return [await client.post("/api/digits", headers={"x-key": key}) for _ in range(30)]

        both = [ask(client, key) for client in (first, second) for key in ("a", "b", "own")]
        answers = list(itertools.chain(*await asyncio.gather(*both)))

    passed = Counter(one.request.headers["x-key"] for one in answers if one.status_code == 200)
    assert passed == {"a": 20, "b": 20, "own": 7}
    assert Counter(one.status_code for one in answers) == {200: 47, 429: 133}
    refused = next(one for one in answers if one.status_code == 429)
    assert refused.headers["x-argosy-limit"] == "gateway.limits.per_key"
    assert refused.headers.get_list("x-ratelimit-remaining", split_commas=True) == ["0"]
    assert 0 < int(refused.headers["retry-after"]) <= 3600 // 7 + 1


async def test_two_gateways_share_addresses_models_budgets_and_requests_in_flight(
    begin: Begin, listen: str, elsewhere: str, chat: Route, redis_server: RedisServer
) -> None:
    limits = Limits(per_address=HOURLY, tokens_per_day=100, concurrency=1)
    wanted = shared(listen, redis_server, limits, replace(chat, limits=ModelLimits(Rate(10, 3600))))
    one = await begin(wanted)
    other = await begin(replace(wanted, gateway=replace(wanted.gateway, listen=elsewhere)))

    async with one.calling() as first, other.calling() as second:
        body = {"model": "chat", "stream": True, "tokens": 1, "stop_after": 0}
        async with first.stream("POST", CHAT, json=body) as answer:
            lines = answer.aiter_lines()  # kept: without it the answer is closed
            await anext(lines)
            busy = await second.post(CHAT, json={"model": "chat", "tokens": 1})
        await one.until_in_flight(0)
        paid = await first.post(CHAT, json={"model": "chat", "tokens": 200})
        await one.until_in_flight(0)
        spent = await second.post(CHAT, json={"model": "chat", "tokens": 1})
        models = [
            (await client.post("/api/chat", json={"tokens": 1})).headers.get("x-argosy-limit")
            for _ in range(9)
            for client in (first, second)
        ]

    assert busy.headers["x-argosy-limit"] == "gateway.limits.concurrency"
    assert paid.status_code == 200
    assert spent.headers["x-argosy-limit"] == "gateway.limits.tokens_per_day"
    assert Counter(models) == {None: 8, "models.chat.limits.rate": 10}


@pytest.mark.alone
@pytest.mark.parametrize(("failure", "status"), [("allow", 200), ("deny", 503)])
async def test_while_redis_is_away_requests_are_let_pass_or_refused_as_the_file_says(
    begin: Begin,
    listen: str,
    replicas: Pair,
    redis_server: RedisServer,
    failure: Any,
    status: int,
) -> None:
    wanted = shared(listen, redis_server, Limits(per_address=HOURLY), digits(*replicas))
    settings = replace(wanted.gateway, redis_failure=failure)
    envoy = await begin(replace(wanted, gateway=settings))
    redis_server.stop()

    async with envoy.calling() as client:
        away = [await client.post("/api/digits") for _ in range(30)]
        redis_server.start()
        await envoy.until_metric("argosy_limits_redis_away", 0)
        back = [(await client.post("/api/digits")).status_code for _ in range(30)]

    assert {one.status_code for one in away} == {status}
    assert max(one.elapsed.total_seconds() for one in away) < 2
    if status == 503:
        assert {one.headers["retry-after"] for one in away} == {"1"}
        assert "Requests cannot be counted now" in away[0].json()["detail"]
    assert Counter(back) == {200: 20, 429: 10}
    metrics = await envoy.limits.metrics()
    assert f'argosy_limits_uncounted_total{{then="{failure}"}} 30' in metrics
    refused = 'argosy_limits_refused_total{limit="gateway.limits.per_address"} 10'
    assert refused in metrics


def shared(listen: str, redis: RedisServer, limits: Limits, *routes: Route) -> Routing:
    return Routing("desk", Settings(listen, limits=limits, redis=redis.url), routes)
