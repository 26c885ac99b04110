"""Callers who go on asking whatever they are answered, and a count of all that they sent.

wrk tells how fast; this tells whether anything was lost.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import httpx

from argosy.errors import ArgosyError

CALLERS = 8
PAUSE = 0.01  # seconds between an answer and a caller's next request, whatever the answer was
ANSWER_SECONDS = 30.0
PATIENCE = 120.0


@dataclass
class Callers:
    """Each of them posts ``body`` to ``url`` on a connection of its own, over and over.

    ``answers`` counts outputs, ``failures`` all else by its status or error.
    """

    url: str
    body: bytes
    sent: int = 0
    answers: Counter[str] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)

    @property
    def failed(self) -> int:
        """Of those sent, how many were not answered with 200."""
        return self.failures.total()

    @contextlib.asynccontextmanager
    async def calling(self) -> AsyncIterator[None]:
        """They call while the block runs; every request is ended before this returns."""
        stop = asyncio.Event()
        tasks = [asyncio.create_task(self._call_until(stop)) for _ in range(CALLERS)]
        try:
            yield
        finally:
            stop.set()
            await asyncio.gather(*tasks)

    async def answered(self, answer: str, times: int) -> None:
        """Wait until they were answered so, so often. Raises `ArgosyError` after a while."""
        deadline = time.monotonic() + PATIENCE
        while self.answers[answer] < times:
            if time.monotonic() > deadline:
                raise ArgosyError(
                    f"{answer!r} was answered {self.answers[answer]} times of {self.sent}; "
                    f"failed: {dict(self.failures)}",
                    where=self.url,
                )
            await asyncio.sleep(PAUSE)

    async def _call_until(self, stop: asyncio.Event) -> None:
        headers = {"content-type": "application/json"}
        async with httpx.AsyncClient(timeout=ANSWER_SECONDS, trust_env=False) as client:
            while not stop.is_set():
                self.sent += 1
                try:
                    answer = await client.post(self.url, content=self.body, headers=headers)
                except httpx.TransportError as error:
                    self.failures[type(error).__name__] += 1
                else:
                    if answer.status_code == httpx.codes.OK:
                        self.answers[answer.json()["output"]] += 1
                    else:
                        self.failures[str(answer.status_code)] += 1
                await asyncio.sleep(PAUSE)
