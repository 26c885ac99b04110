"""Waiting for a state of other processes, which give no event."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Any

PATIENCE = 60.0
PAUSE = 0.01


async def eventually(condition: Callable[[], bool]) -> None:
    """Wait until the condition holds, while the event loop goes on."""
    async with asyncio.timeout(PATIENCE):
        while not condition():  # noqa: ASYNC110  the state is another process's
            await asyncio.sleep(PAUSE)


def until(condition: Callable[[], Any], what: str, seconds: float = PATIENCE) -> Any:
    """What ``condition`` gives once that is true; blocks until then."""
    end = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < end, f"{what}: not within {seconds} s"
        time.sleep(PAUSE)
    return found
