from __future__ import annotations

import asyncio
import time

import pytest

from argosy_runner.protocols.open_inference.together import LONGEST, MOST, Together


async def turns(count: int) -> None:
    for _ in range(count):
        await asyncio.sleep(0)


async def test_calls_that_come_one_a_turn_go_in_the_same_turn() -> None:
    together = Together()
    waits = []
    for _ in range(10):
        waits.append(together.wait())
        await turns(1)
        assert not any(wait.done() for wait in waits)
    await waits[-1]
    assert all(wait.done() for wait in waits)


async def test_a_call_that_was_cancelled_keeps_nobody() -> None:
    together = Together()
    first, second = together.wait(), together.wait()
    first.cancel()
    await second


async def test_as_many_as_fill_a_frame_wait_no_longer() -> None:
    together = Together()
    waits = [together.wait() for _ in range(MOST)]
    await turns(2)
    assert all(wait.done() for wait in waits)


@pytest.mark.alone
async def test_calls_that_never_cease_keep_nobody_for_long() -> None:
    together = Together()
    first = together.wait()
    began = time.monotonic()
    while not first.done():
        together.wait()
        together._waiting = together._waiting[:2]
        await turns(1)
    assert time.monotonic() - began < LONGEST + 1
