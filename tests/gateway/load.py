"""Callers that never stop, to see what a change costs them."""

from __future__ import annotations

import asyncio
from typing import Self

import httpx

from tests.waiting import eventually


class Load:
    """Calls without a pause until told to stop; ``statuses`` holds what came back."""

    def __init__(self, client: httpx.AsyncClient, path: str = "/api/digits") -> None:
        self.statuses: list[int] = []
        self._client, self._path, self._on = client, path, True

    async def __aenter__(self) -> Self:
        self._tasks = [asyncio.create_task(self._call()) for _ in range(8)]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._on = False
        await asyncio.gather(*self._tasks)

    async def more(self) -> None:
        """Wait until each caller has had further answers."""
        enough = len(self.statuses) + 24
        await eventually(lambda: len(self.statuses) >= enough or self._tasks[0].done())

    async def _call(self) -> None:
        while self._on:
            self.statuses.append((await self._client.post(self._path)).status_code)
