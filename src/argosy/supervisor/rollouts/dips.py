"""Which next revisions start only once the one that serves has stopped, and who has allowed it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from argosy.errors import ArgosyError
from argosy.plan.dip import Change, Dip, Room, dips, given_back
from argosy.plan.state import Observed, ObservedModel
from argosy.platforms import gpus, memory
from argosy.stack.model import Probe, Stack
from argosy.stack.revision import Revision
from argosy.supervisor import preflight
from argosy.supervisor.declare import Declared
from argosy.supervisor.rollouts.reporting import answers
from argosy.supervisor.store import Store

ALLOW = "--allow-downtime"


class Dips:
    """Reads what there is and what was measured; `argosy.plan.dip` decides."""

    def __init__(
        self,
        store: Store,
        observed: Callable[[], Observed],
        state: Path,
        available: Callable[[], int | None] = memory.available,
    ) -> None:
        self._store = store
        self._state = state
        self._observed = observed
        self._available = available

    def of(
        self, stack: Stack, declared: Sequence[Declared], *, asks: bool = True
    ) -> dict[str, Dip]:
        """Those of all models that change, by model. Raises `CannotStart`.

        ``asks``: whether next revisions are asked their models' questions before they serve.
        What is under way goes on as it began: while the old one is down the two would seem to fit.
        """
        observed = self._observed()
        begun = {one.revision.model.name: self._begun(one.revision) for one in declared}
        under_way = {name: dip for name, dip in begun.items() if dip is not None}
        changes = [
            self._change(stack, one, observed, asks=asks)
            for one in declared
            if one.revision.model.name not in under_way
        ]
        changing = [one for one in changes if one is not None]
        found = dips(changing, self._room(observed))
        freed = sum(given_back(one) for one in changing if one.after.model.name in found)
        preflight.check_memory(declared, freed, self._available)
        return {**found, **under_way}

    def refuse(self, declared: Sequence[Declared], found: Mapping[str, Dip], command: str) -> None:
        """Raises `ArgosyError` for those that would leave callers without an answer.

        What is under way has been allowed before.
        """
        asked = {
            name: found[name]
            for name, one in ((one.revision.model.name, one) for one in declared)
            if name in found
            and found[name].needs_leave
            and (one.cause or self._store.dip(name, one.revision.number) is None)
        }
        if asked:
            told = "\n".join(f"{name}: {dip}" for name, dip in asked.items())
            raise ArgosyError(
                f"{', '.join(asked)} would not answer for a while: the next revision can start only"
                f" once the one that serves has stopped, and that needs your word.\n{told}",
                next_step=f"`{command} {ALLOW}`, or make room: less `resources`, other models"
                " stopped.",
            )

    def accept(self, declared: Sequence[Declared], found: Mapping[str, Dip]) -> None:
        """From here on these revisions take over so."""
        for one in declared:
            name = one.revision.model.name
            self._store.set_dip(name, one.revision.number, found.get(name))

    def _begun(self, revision: Revision) -> Dip | None:
        """That of a revision for which the one that serves has stopped already."""
        rollout = self._store.rollout(revision.model.name)
        if rollout is None or rollout.revision != revision.number or rollout.down_since is None:
            return None
        known = self._store.dip(rollout.model, rollout.revision)
        return known and replace(known, needs_leave=False)

    def _change(
        self, stack: Stack, one: Declared, observed: Observed, *, asks: bool
    ) -> Change | None:
        name = one.revision.model.name
        model = observed.models.get(name, ObservedModel())
        serving = model.revisions.get(model.serving) if model.serving else None
        present = model.revisions.get(one.revision.number)
        if serving is None and not one.cause:
            return None  # nothing new starts
        if model.serving == one.revision.number or (present and present.staying):
            return None  # they run side by side already
        return Change(
            after=one.revision,
            replicas=one.replicas,
            declared=stack.model(name),
            before=serving.revision if serving else None,
            running=len(serving.staying) if serving else 0,
            cold_starts=[one.total for one in self._store.cold_starts(name)],
            asking=self._asking(name, stack.model(name).probe) if asks else 0.0,
        )

    def _asking(self, model: str, probe: Probe | None) -> float | None:
        """How long the questions took last time, so many of them at once."""
        if probe is None:
            return 0.0
        for rollout in self._store.rollouts(model):
            if took := [one.after["seconds"] for one in answers(self._state, rollout)]:
                return float(sum(took)) * probe.repeats / probe.concurrency
        return None

    def _room(self, observed: Observed) -> Room:
        room = Room(self._available())
        for model in observed.models.values():
            for one in model.revisions.values():
                room = room.less(0, gpus.shares(one.revision.model, len(one.staying)))
        return room
