"""Guarding a rollout: while both revisions take traffic, what may not get worse is looked at.

What the gateway and the platform counted since the step began is compared again and again. What was
found is stored with the rollout; a guard that trips is the fault for which it goes back.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import cast

from argosy.errors import GatewayError
from argosy.gateway import metrics as gateway_metrics
from argosy.gateway.gateway import Gateway
from argosy.platforms.platform import Replica
from argosy.rollout import guards
from argosy.rollout.guards import AtMost, Finding, Guard, GuardName, Times
from argosy.stack.model import Guard as GuardSettings
from argosy.stack.model import Rollout as RolloutSettings
from argosy.supervisor import metrics
from argosy.supervisor.rollouts import windows
from argosy.supervisor.rollouts.stored import StoredRollout
from argosy.supervisor.rollouts.windows import Counted, RevisionKey, Served, Tally
from argosy.supervisor.store import Store

LOOK_SECONDS = 2.0  # between two looks
WHOLE = 100  # percent of the traffic
log = logging.getLogger("argosy.supervisor")


@dataclass(frozen=True)
class Watched:
    """A rollout whose revisions both take traffic, and what guards it."""

    rollout: StoredRollout
    guards: tuple[Guard, ...]

    @property
    def step(self) -> tuple[int, int]:
        """One share of the traffic of one rollout."""
        return self.rollout.id, len(self.rollout.shifts)

    @property
    def revisions(self) -> tuple[int, int]:
        """The old and the new one."""
        return self.rollout.before, self.rollout.revision


def asked(settings: GuardSettings) -> tuple[Guard, ...]:
    """The guards that the stack file asks for."""
    found = []
    for one in fields(settings):
        limit = getattr(settings, one.name)
        if limit is not None:
            bound = AtMost(limit.amount or 0.0) if limit.ratio is None else Times(limit.ratio)
            found.append(Guard(cast("GuardName", one.name), bound))
    return tuple(found)


def waits_for(rollout: StoredRollout, settings: RolloutSettings) -> str:
    """What a guard still has to know before the next step; empty where all of them are content."""
    if not _takes_part(rollout):
        return ""
    found = {one.guard: one for one in rollout.guards}
    for guard in asked(settings.guard):
        finding = found.get(guard.name)
        if finding is None:
            return f"guard {guard.name}: it has not looked yet"
        if finding.state != "ok":
            return told(finding)
    return ""


def told(finding: Finding) -> str:
    """A finding in one sentence that names its guard."""
    return f"guard {finding.guard}: {finding.sentence}"


class Guarding:
    """One task looks at all rollouts, as long as there are any to look at."""

    def __init__(
        self,
        store: Store,
        gateway: Gateway,
        replicas: Callable[[], Sequence[Replica]],
        on_change: Callable[[], None],
    ) -> None:
        self._store = store
        self._gateway = gateway
        self._replicas = replicas
        self._on_change = on_change
        self._task: asyncio.Task[None] | None = None
        self._tallies: dict[tuple[int, int], tuple[Tally, Tally]] = {}

    def start(self) -> None:
        """Begin where there is something to guard, unless it runs."""
        if self._task is None and self._watched():
            self._task = asyncio.create_task(self._look_on())

    async def stop(self) -> None:
        """Leave off; who comes after begins each step's count anew."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def look(self) -> None:
        """Look once at all that is guarded, and write down what is found."""
        watched = self._watched()
        self._tallies = {
            one.step: self._tallies.get(one.step, (Tally(), Tally())) for one in watched
        }
        served, gateway = await self._served()
        if served is None:
            return
        for one in watched:
            counted = [await self._count(one, number, served, gateway) for number in one.revisions]
            before, after = self._tallies[one.step]
            tallies = before.look(counted[0]), after.look(counted[1])
            self._tallies[one.step] = tallies
            old, new = (tally.window() for tally in tallies)
            self._write(one, tuple(guards.judge(guard, old, new) for guard in one.guards))

    async def _look_on(self) -> None:
        try:
            while self._watched():
                try:
                    await self.look()
                except Exception:
                    log.exception("guards could not look, by a fault of Argosy's own")
                await asyncio.sleep(LOOK_SECONDS)
        finally:
            self._task = None

    def _watched(self) -> list[Watched]:
        declared = self._store.declared()
        if declared is None or not declared[1]:
            return []
        settings = {one.name: one.rollout for one in declared[0].models}
        found = []
        for entry in self._store.models():
            rollout = self._store.rollout(entry.name)
            if rollout is None or rollout.revision != entry.target or entry.name not in settings:
                continue
            chosen = asked(settings[entry.name].guard)
            if chosen and _takes_part(rollout):
                found.append(Watched(rollout, chosen))
        return found

    async def _served(self) -> tuple[Mapping[RevisionKey, Served] | None, int | None]:
        """Nothing where Envoy does not answer, or is replaced meanwhile: the next look will do."""
        pid = self._gateway.observe().pid
        with contextlib.suppress(GatewayError):
            text = await self._gateway.stats(
                f"filter={gateway_metrics.asked(gateway_metrics.BY_REVISION)}"
            )
            if self._gateway.observe().pid == pid:
                return windows.served(text), pid
        return None, pid

    async def _count(
        self,
        one: Watched,
        number: int,
        served: Mapping[RevisionKey, Served],
        gateway: int | None,
    ) -> Counted:
        model = one.rollout.model
        own = [
            replica
            for replica in self._replicas()
            if (replica.model, replica.revision) == (model, number)
        ]
        counts = any(guard.name == "restarts" for guard in one.guards)
        texts = await metrics.of_replicas(own) if counts else [None] * len(own)
        return Counted(
            gateway=gateway,
            served=served.get((model, f"r{number}"), Served()),
            restarts=windows.restarts(zip(own, texts, strict=True)),
            memory=windows.memory(own),
        )

    def _write(self, one: Watched, found: tuple[Finding, ...]) -> None:
        """Unless the rollout has gone on meanwhile."""
        current = self._store.rollout(one.rollout.model)
        if current is None or not _takes_part(current) or Watched(current, ()).step != one.step:
            return
        fault = next((told(finding) for finding in found if finding.state == "tripped"), "")
        if (found, fault) != (current.guards, ""):
            self._store.put_rollout(replace(current, guards=found, fault=fault))
            self._on_change()


def _takes_part(rollout: StoredRollout) -> bool:
    """Whether both revisions take traffic, and nobody has decided yet what becomes of it."""
    return 0 < rollout.weight < WHOLE and not rollout.forced and not rollout.fault
