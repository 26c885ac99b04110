"""Whoever wants to see the state again after each change, until there is nothing more to see."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator


class Watching:
    """Told by the one who changes the state, and read by any number of others."""

    def __init__(self) -> None:
        self._watchers: set[asyncio.Event] = set()
        self._ended = False

    def tell(self) -> None:
        """Something has changed."""
        for watcher in self._watchers:
            watcher.set()

    def end(self) -> None:
        """Nothing will change any more."""
        self._ended = True
        self.tell()

    async def looks(self) -> AsyncGenerator[None]:
        """Now, and again after each change until the end; changes meanwhile are one."""
        changed = asyncio.Event()
        self._watchers.add(changed)
        try:
            while not self._ended:
                changed.clear()
                yield
                await changed.wait()
        finally:
            self._watchers.discard(changed)
