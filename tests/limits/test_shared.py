"""Redis goes and comes back; two gateways count together."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator

import pytest

from argosy.limits import shared as module
from argosy.limits.counter import Away
from argosy.limits.rules import Limit
from argosy.limits.shared import Shared
from tests.redis_server import RedisServer
from tests.waiting import eventually

SLOW = Limit("rate", "gateway.limits.per_key", "per_key:a", 20, 3600.0)


@pytest.fixture
async def shared(redis_server: RedisServer) -> AsyncIterator[Shared]:
    made = Shared(redis_server.url, "desk")
    await made.open()
    yield made
    await made.close()


async def test_two_that_share_let_pass_what_one_would(
    shared: Shared, redis_server: RedisServer
) -> None:
    other = Shared(redis_server.url, "desk")
    await other.open()

    asked = [one.admit([SLOW], "") for _ in range(100) for one in (shared, other)]
    verdicts = await asyncio.gather(*asked)
    await other.close()

    assert sum(not one.refused for one in verdicts) == 20


async def test_another_stack_counts_for_itself(shared: Shared, redis_server: RedisServer) -> None:
    other = Shared(redis_server.url, "kiosk")
    await other.open()
    for _ in range(20):
        await shared.admit([SLOW], "")

    assert (await shared.admit([SLOW], "")).refused
    assert not (await other.admit([SLOW], "")).refused
    await other.close()


@pytest.mark.alone
async def test_while_redis_is_away_the_answer_is_quick_and_one_line_says_so(
    shared: Shared, redis_server: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "argosy.limits")
    redis_server.stop()

    for _ in range(20):
        began = time.monotonic()
        with pytest.raises(Away):
            await shared.admit([SLOW], "")
        assert time.monotonic() - began < 1

    assert [text for text in caplog.messages if "Redis is away" in text] == caplog.messages
    assert len(caplog.messages) == 1


async def test_redis_is_found_again_by_itself(
    shared: Shared, redis_server: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING, "argosy.limits")
    redis_server.stop()
    with pytest.raises(Away):
        await shared.admit([SLOW], "")

    redis_server.start()
    await eventually(lambda: not shared.away)

    assert (await shared.admit([SLOW], "")).counts[0].left == 19
    await eventually(lambda: len(caplog.messages) == 2)
    assert caplog.messages[1] == "Redis is back"


@pytest.mark.alone
async def test_a_redis_that_hangs_is_away(shared: Shared, redis_server: RedisServer) -> None:
    with redis_server.paused():
        began = time.monotonic()
        with pytest.raises(Away):
            await shared.admit([SLOW], "")
        assert time.monotonic() - began < 20 * module.ANSWER_SECONDS

    await eventually(lambda: not shared.away)


async def test_scripts_that_redis_has_forgotten_are_told_again(
    shared: Shared, redis_server: RedisServer
) -> None:
    await shared.admit([SLOW], "")
    redis_server.command("SCRIPT", "FLUSH")

    assert (await shared.admit([SLOW], "")).counts[0].left == 18


async def test_it_may_be_away_from_the_start(redis_server: RedisServer) -> None:
    redis_server.stop()
    made = Shared(redis_server.url, "desk")
    await made.open()
    with pytest.raises(Away):
        await made.admit([SLOW], "")

    redis_server.start()
    await eventually(lambda: not made.away)

    assert not (await made.admit([SLOW], "")).refused
    await made.close()
