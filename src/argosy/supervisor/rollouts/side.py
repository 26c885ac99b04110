"""One of the revisions that a gate asks: whichever replica of it is ready, never the gateway."""

from __future__ import annotations

import asyncio
import time
from typing import Self

from argosy.errors import ArgosyError
from argosy.platforms.platform import Platform, Replica
from argosy.probe.asking import Answer, Asker
from argosy.probe.item import Item
from argosy.stack.model import Probe
from argosy.stack.revision import Revision

LOST_SECONDS = 30.0  # that a revision may have no replica that answers


class Lost(ArgosyError):
    """A revision has had no replica that answers for too long."""


class Side:
    """One revision, asked at whichever replica of it is ready.

    That none is counts against a new revision, as every answer that does not come in time. Of the
    old one it says nothing, so it is waited for.
    """

    def __init__(
        self, platform: Platform, revision: Revision, probe: Probe, *, is_new: bool
    ) -> None:
        self._is_new = is_new
        self._platform = platform
        self._revision = revision
        self._probe = probe
        self._askers: dict[str, Asker] = {}
        self._turn = 0

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        for asker in self._askers.values():
            await asker.__aexit__(None, None, None)

    async def ask(self, item: Item, repeat: int) -> Answer:
        """An answer that is lost with its replica is asked of the next one. Raises `Lost`."""
        patience = self._probe.timeout if self._is_new else LOST_SECONDS
        deadline = time.monotonic() + patience
        while True:
            if asker := self._asker():
                answer = await asker.ask(item, repeat)
                if not answer.lost:
                    return answer
            if time.monotonic() > deadline and self._is_new:
                return Answer(item.id, reason=f"no replica that answers within {patience:g} s")
            if time.monotonic() > deadline:
                raise Lost(f"{self._revision.name} has no replica that answers")
            await asyncio.sleep(0.1)

    def _asker(self) -> Asker | None:
        ready = [one for one in self._platform.observe() if self._is_ours(one)]
        if not ready:
            return None
        self._turn += 1
        address = ready[self._turn % len(ready)].endpoint or ready[self._turn % len(ready)].address
        if address not in self._askers:
            self._askers[address] = Asker(
                address,
                self._revision.model.name,
                timeout=self._probe.timeout,
                concurrency=self._probe.concurrency,
                seed=self._probe.seed,
            )
        return self._askers[address]

    def _is_ours(self, replica: Replica) -> bool:
        ours = (self._revision.model.name, self._revision.number)
        return (replica.model, replica.revision) == ours and replica.state == "ready"
