from __future__ import annotations

import asyncio
import os
import signal

import pytest

from argosy.doctor import program
from argosy.processes import find_all_by_argument
from tests.waiting import eventually


async def test_a_program_tells_how_it_ended() -> None:
    ended = await program.run("sh", "-c", "echo out; echo bad >&2; exit 3")
    assert ended is not None
    assert (ended.code, ended.output, ended.said) == (3, "out\n", "bad")


async def test_an_absent_program_is_none() -> None:
    assert await program.run("no-such-program-here") is None


async def test_a_program_that_is_given_up_is_ended() -> None:
    mark = f"{os.getpid()}.987654"
    task = asyncio.create_task(program.run("sleep", mark))
    await eventually(lambda: bool(find_all_by_argument(mark)))
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not [one for one in find_all_by_argument(mark) if one.alive]


async def test_a_program_that_is_stopped_is_ended_too() -> None:
    mark = f"{os.getpid()}.987655"
    task = asyncio.create_task(program.run("sleep", mark))
    await eventually(lambda: bool(find_all_by_argument(mark)))
    next(iter(find_all_by_argument(mark))).signal(signal.SIGSTOP)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not [one for one in find_all_by_argument(mark) if one.alive]
