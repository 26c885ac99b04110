"""One of the revisions that a gate asks: whichever replica speaks for it, never the gateway."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Sequence
from typing import Self

from argosy.errors import ArgosyError
from argosy.platforms.platform import Replica
from argosy.probe.asking import Answer, Asker
from argosy.probe.item import Item
from argosy.stack.model import Probe
from argosy.stack.revision import Revision

LOST_SECONDS = 30.0  # that a revision may have no replica that answers
Seen = Callable[[Sequence[Replica]], list[Replica]]


class Lost(ArgosyError):
    """A revision has had no replica that answers for too long."""


class Side:
    """One revision, asked at whichever of the ``replicas`` is of it.

    That none is counts against a new revision, as every answer that does not come in time. Of the
    old one it says nothing, so it is waited for, ``lost_seconds`` long.
    """

    def __init__(
        self,
        replicas: Callable[[], Sequence[Replica]],
        revision: Revision,
        probe: Probe,
        *,
        is_new: bool,
        lost_seconds: float = LOST_SECONDS,
    ) -> None:
        self._is_new = is_new
        self._patience = probe.timeout if is_new else lost_seconds
        self._replicas = replicas
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
        deadline = time.monotonic() + self._patience
        while True:
            if asker := self._asker():
                answer = await asker.ask(item, repeat)
                if not answer.lost:
                    return answer
            if time.monotonic() > deadline and self._is_new:
                return Answer(
                    item.id, reason=f"no replica that answers within {self._patience:g} s"
                )
            if time.monotonic() > deadline:
                raise Lost(f"{self._revision.name} has no replica that answers")
            await asyncio.sleep(0.1)

    def _asker(self) -> Asker | None:
        ours = [one for one in self._replicas() if self._is_ours(one)]
        if not ours:
            return None
        self._turn += 1
        chosen = ours[self._turn % len(ours)]
        address = chosen.endpoint or chosen.address
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
        return (replica.model, replica.revision) == (
            self._revision.model.name,
            self._revision.number,
        )


def speaking(replicas: Sequence[Replica], seen: Sequence[Replica]) -> list[Replica]:
    """Those that speak for their revision: the sound ones, and where none is, all that are ready.

    ``seen`` are the same with what their probes have found. One that these have taken out is
    broken, and says nothing of the others.
    """
    sound = [one for one in seen if one.state == "ready" and not one.fault]
    with_sound = {(one.model, one.revision) for one in sound}
    others = [one for one in replicas if (one.model, one.revision) not in with_sound]
    return [*sound, *(one for one in others if one.state == "ready")]
