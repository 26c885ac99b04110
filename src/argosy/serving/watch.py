"""Waiting for an edit, by looking: works on every file system, and needs nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from argosy import snapshots

EVERY = 0.3  # seconds
NAMED = 3

Look = dict[Path, tuple[int, int, int]]


class Watch:
    """Of these files and folders, from the moment it is made."""

    def __init__(self, places: Sequence[Path]) -> None:
        self._places = places
        self._seen = self._look()

    async def changed(self) -> str:
        """What has changed since the last call or the beginning, once it changes no more."""
        before = self._seen
        while (now := await asyncio.to_thread(self._look)) == before:  # noqa: ASYNC110
            await asyncio.sleep(EVERY)
        while self._seen != now:  # a file may be half written
            self._seen = now
            await asyncio.sleep(EVERY)
            now = await asyncio.to_thread(self._look)
        paths = [path for path in {*before, *now} if before.get(path) != now.get(path)]
        names = sorted(path.name for path in paths)
        more = f" and {len(names) - NAMED} more" if len(names) > NAMED else ""
        return f"{', '.join(names[:NAMED])}{more} changed" if names else "touched"

    def _look(self) -> Look:
        found: Look = {}
        for place in self._places:
            try:
                files = (
                    list(snapshots.walk(place, snapshots.SKIPPED))
                    if place.is_dir()
                    else [snapshots.Found(place.name, place, place.stat())]
                )
            except OSError:
                continue  # gone, perhaps for a moment
            for one in files:
                status = one.status
                found[one.path] = (status.st_mtime_ns, status.st_size, status.st_ino)
        return found
