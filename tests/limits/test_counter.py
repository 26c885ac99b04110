"""Memory and Redis count alike."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from argosy.limits.counter import Counter, Memory, Verdict
from argosy.limits.rules import Limit
from argosy.limits.shared import Shared
from tests.redis_server import RedisServer

HOUR = 3600.0
SLOW = Limit("rate", "gateway.limits.per_key", "per_key:a", 5, HOUR)
FLIGHT = Limit("concurrency", "gateway.limits.concurrency", "concurrency:key:a", 2)
BUDGET = Limit("tokens", "gateway.limits.tokens_per_day", "tokens_per_day:a", 100, 86400.0)


@pytest.fixture(params=["memory", "redis"])
async def counter(request: pytest.FixtureRequest) -> AsyncIterator[Counter]:
    if request.param == "memory":
        made: Counter = Memory()
    else:
        server: RedisServer = request.getfixturevalue("redis_server")
        shared = Shared(server.url, "desk")
        await shared.open()
        made = shared
    yield made
    await made.close()


async def test_of_fifty_at_once_a_burst_of_five_goes_on(counter: Counter) -> None:
    verdicts = await asyncio.gather(*(counter.admit([SLOW], str(n)) for n in range(50)))

    assert [one.counts[0].left for one in verdicts if not one.refused] == [4, 3, 2, 1, 0]
    refused = [one.refused for one in verdicts if one.refused]
    assert len(refused) == 45
    assert all(HOUR - 60 < one.wait <= HOUR for one in refused)
    assert {one.limit.name for one in refused} == {"gateway.limits.per_key"}


async def test_each_key_has_a_bucket_of_its_own(counter: Counter) -> None:
    other = replace(SLOW, key="per_key:b")
    for _ in range(5):
        await counter.admit([SLOW], "")

    assert (await counter.admit([SLOW], "")).refused
    assert not (await counter.admit([other], "")).refused


async def test_requests_come_back_at_the_rate(counter: Counter) -> None:
    quick = replace(SLOW, most=2, seconds=0.2)
    for _ in range(2):
        assert not (await counter.admit([quick], "")).refused
    refused = (await counter.admit([quick], "")).refused
    assert refused
    assert 0 < refused.wait <= 0.2

    began, passed = time.monotonic(), 0
    while passed < 5:
        passed += not (await counter.admit([quick], "")).refused

    assert time.monotonic() - began > 0.8


async def test_what_one_limit_refuses_counts_for_none(counter: Counter) -> None:
    narrow = replace(SLOW, name="models.a.limits.rate", key="rate:a", most=1)
    assert not (await counter.admit([SLOW, narrow], "")).refused

    refused = [await counter.admit([SLOW, narrow], "") for _ in range(9)]

    assert {one.refused and one.refused.limit for one in refused} == {narrow}
    assert (await counter.admit([SLOW], "")).counts[0].left == 3


async def test_requests_in_flight_are_as_many_as_are_held(counter: Counter) -> None:
    assert not (await counter.admit([FLIGHT], "one")).refused
    assert not (await counter.admit([FLIGHT], "two")).refused
    assert (await counter.admit([FLIGHT], "three")).refused

    await counter.settle([FLIGHT], "one", 0)

    assert not (await counter.admit([FLIGHT], "four")).refused
    assert (await counter.admit([FLIGHT], "five")).refused


async def test_ending_twice_frees_no_more_than_was_held(counter: Counter) -> None:
    await counter.admit([FLIGHT], "one")
    await counter.admit([FLIGHT], "two")
    for _ in range(3):
        await counter.settle([FLIGHT], "one", 0)

    verdicts = [await counter.admit([FLIGHT], name) for name in ("three", "four")]

    assert [bool(one.refused) for one in verdicts] == [False, True]


async def test_a_budget_is_used_up_by_what_was_answered(counter: Counter) -> None:
    assert await left(counter) == 100
    await counter.settle([BUDGET], "", 60)
    assert await left(counter) == 40
    await counter.settle([BUDGET], "", 60)

    refused = (await counter.admit([BUDGET], "")).refused

    assert refused
    midnight = 86400 - time.time() % 86400
    assert refused.wait == pytest.approx(midnight, abs=5)


async def test_a_budget_is_new_in_each_window(counter: Counter) -> None:
    short = replace(BUDGET, seconds=0.5)
    await counter.settle([short], "", 100)
    deadline = time.monotonic() + 20

    while (await counter.admit([short], "")).refused:
        assert time.monotonic() < deadline

    assert (await counter.admit([short], "")).counts[0].left == 100


async def test_what_is_held_is_held_still_once_renewed(counter: Counter) -> None:
    await counter.admit([FLIGHT], "one")
    await counter.admit([FLIGHT], "two")

    await counter.renew({"one": [FLIGHT], "two": [FLIGHT]})

    assert (await counter.admit([FLIGHT], "three")).refused


async def left(counter: Counter) -> int:
    verdict: Verdict = await counter.admit([BUDGET], "")
    return verdict.counts[0].left
