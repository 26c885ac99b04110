"""Asking a replica for `/ready`, on every platform alike: what it answers is what is observed."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Callable
from typing import Any

import httpx
import msgspec

from argosy.platforms.platform import ColdStart, Replica, ReplicaState
from argosy.probe.client import client

ASK_WHILE_STARTING = 0.03
ASK_WHILE_LOADING = 0.1
ASK_WHILE_READY = 3.0  # an end is seen at once; this finds what hangs or turns unready
ANSWER_TIMEOUT = 5.0

Tell = Callable[..., None]


class Asking:
    """One run of a replica, from its start to its end.

    ``observed`` gives the replica as it is known now, ``tell`` takes what has changed of it, by the
    names of its fields. ``asked`` is set after the first answer, or the lack of one. ``warning`` is
    the platform's own. What is observed as ready stays so until it has been asked.
    """

    def __init__(
        self,
        observed: Callable[[], Replica],
        tell: Tell,
        asked: asyncio.Event,
        warning: str = "",
    ) -> None:
        self.ready_since: float | None = None
        self._observed = observed
        self._tell = tell
        self._asked = asked
        self._warning = warning

    async def until(self, stop: asyncio.Event, address: str) -> None:
        """Ask at ``address`` (``unix:/path`` or ``host:port``) until ``stop`` is set."""
        async with client(address, ANSWER_TIMEOUT) as replica:
            while not stop.is_set():
                await self._ask(replica, stop)
                self._asked.set()
                pause = {"starting": ASK_WHILE_STARTING, "ready": ASK_WHILE_READY}.get(
                    self._observed().state, ASK_WHILE_LOADING
                )
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(stop.wait(), pause)

    async def _ask(self, replica: httpx.AsyncClient, stop: asyncio.Event) -> None:
        try:
            answer = (await replica.get("/ready")).json()
        except (httpx.HTTPError, ValueError):
            if stop.is_set():
                return
            if self.ready_since:
                self._tell(state="unready", reason="it does not answer /ready")
            elif self._observed().state == "ready":
                self._tell(state="starting", cold_start=None)
            return
        if not stop.is_set():
            self._take(answer)

    def _take(self, answer: dict[str, Any]) -> None:
        observed = self._observed()
        if answer["ready"]:
            self.ready_since = self.ready_since or time.monotonic()
            self._tell(
                state="ready",
                failures=0,
                reason=observed.reason if observed.restarts else "",
                cold_start=msgspec.convert(answer["cold_start"], ColdStart),
                warning="; ".join(filter(None, (self._warning, answer.get("warning")))),
            )
        else:
            state: ReplicaState = "unready" if self.ready_since else "loading"
            if answer.get("queueing"):
                self.ready_since = self.ready_since or time.monotonic()  # or it would have no queue
                state = "queueing"
            said = answer.get("reason") or observed.reason
            # Why it failed or ended before is more than that it loads once more.
            again = observed.failures or (state == "loading" and observed.restarts)
            self._tell(state=state, reason=(observed.reason or said) if again else said)
