"""Who watches sees each change, and the end."""

from __future__ import annotations

import asyncio
from contextlib import aclosing

from argosy.supervisor.watching import Watching


async def test_a_watcher_sees_what_is_and_then_each_change() -> None:
    watching = Watching()
    async with aclosing(watching.looks()) as looks:
        await anext(looks)
        following = asyncio.ensure_future(anext(looks))
        await asyncio.sleep(0)
        assert not following.done()
        watching.tell()
        await following


async def test_changes_while_a_watcher_is_busy_are_seen_as_one() -> None:
    watching = Watching()
    async with aclosing(watching.looks()) as looks:
        await anext(looks)
        watching.tell()
        watching.tell()
        await anext(looks)
        following = asyncio.ensure_future(anext(looks, "the end"))
        await asyncio.sleep(0)
        assert not following.done()
        watching.end()
        assert await following == "the end"


async def test_all_who_watch_end_with_what_they_watch() -> None:
    watching = Watching()

    async def count() -> int:
        return len([look async for look in watching.looks()])

    both = asyncio.gather(count(), count())
    await asyncio.sleep(0)
    watching.tell()
    await asyncio.sleep(0)
    watching.end()
    assert list(await both) == [2, 2]
