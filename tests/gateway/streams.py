"""A stream that ends when it is told to, so that it spans whatever happens until then."""

from __future__ import annotations

import itertools
import re
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Self

import httpx

LONGEST = 600  # events, a tenth of a second apart
_names = itertools.count()


class Stream:
    """Events of `digits`. The first has come when the block begins; `end` asks for the others."""

    def __init__(self, client: httpx.AsyncClient, folder: Path) -> None:
        self._client = client
        self._until = folder / f"until-{next(_names)}"
        self._open = AsyncExitStack()

    async def __aenter__(self) -> Self:
        asked: dict[str, str | int] = {"stream": LONGEST, "until": str(self._until)}
        self._answer = await self._open.enter_async_context(
            self._client.stream("GET", "/api/digits", params=asked)
        )
        self._events = self._answer.aiter_text()
        self._text = await anext(self._events)
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._open.aclose()

    async def end(self) -> None:
        """Wait for another event, have the stream end, and see that none of its events is missing.

        A stream that broke off raises `httpx.RemoteProtocolError`.
        """
        self._text += await anext(self._events)
        self._until.touch()
        self._text += "".join([event async for event in self._events])
        numbers = [int(number) for number in re.findall(r"data: (\d+)\n\n", self._text)]
        assert 1 < len(numbers) < LONGEST
        assert numbers == [*range(len(numbers))]
        await self._answer.aclose()
