"""Next revisions on their way into the store: all that speaks against them is said before."""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence

from argosy.plan.dip import Dip
from argosy.plan.reconcile import Plan, foresee
from argosy.plan.state import Desired, Observed, Target
from argosy.probe.suite import kept_name
from argosy.stack.model import Stack
from argosy.supervisor import preflight
from argosy.supervisor.declare import Declared, again
from argosy.supervisor.rollouts.commands import RolloutCommands
from argosy.supervisor.rollouts.dips import Dips
from argosy.supervisor.rollouts.noise_floors import NoiseFloors
from argosy.supervisor.store import Store

SAME = "restarted with the same content"


class Changes:
    """Checks and accepts what `up`, `restart` and `rollback` change. Raises `ArgosyError`."""

    def __init__(
        self, store: Store, rollouts: RolloutCommands, noise: NoiseFloors, dips: Dips
    ) -> None:
        self._store = store
        self._rollouts = rollouts
        self._noise = noise
        self._dips = dips

    async def check(
        self, stack: Stack, declared: Sequence[Declared], *, allow_downtime: bool
    ) -> Mapping[str, Dip]:
        """Which of them start only once the one that serves has stopped."""
        self._rollouts.check(declared)
        await self.gates(stack, declared)
        found = self._dips.of(stack, declared)
        if not allow_downtime:
            self._dips.refuse(declared, found, "argosy up")
        return found

    async def gates(self, stack: Stack, declared: Sequence[Declared]) -> Mapping[str, str]:
        """What next revisions are asked, in words. Raises for a gate that none can ever pass.

        With a first one, which passes no gate, that is only foretold.
        """
        found = await asyncio.to_thread(preflight.check_suites, stack)
        serving = {entry.name: entry.serving for entry in self._store.models()}
        told = {}
        for one in declared:
            name = one.revision.model.name
            if name not in found or serving.get(name) == one.revision.number:
                continue
            model, suite = stack.model(name), found[name]
            if serving.get(name) is None:
                told[name] = preflight.foretold(model, suite)
            else:
                noise = self._noise.planned(model, kept_name(suite.digest))
                told[name] = preflight.check_gate(model, suite, noise)
        return told

    async def plan(
        self, stack: Stack, declared: Sequence[Declared], observed: Observed, unchanged: str = ""
    ) -> Plan:
        """What `up` would do, whether somebody has allowed the dips in it or not.

        ``unchanged`` is why models start about which nothing is new.
        """
        asked, dips = await self.gates(stack, declared), self._dips.of(stack, declared)
        targets = {
            name: Target(
                one.revision,
                one.replicas,
                one.cause or unchanged,
                declared=stack.model(name),
                proof=asked.get(name, ""),
                dip=dips.get(name),
            )
            for name, one in ((one.revision.model.name, one) for one in declared)
        }
        return foresee(Desired(stack.name, stack.gateway, targets), observed)

    def accept(self, stack: Stack, declared: Sequence[Declared], dips: Mapping[str, Dip]) -> None:
        """From here on the stack is to be so; all of it is stored before anything starts."""
        self._rollouts.accept(declared)
        for one in declared:
            if one.cause:
                self._store.add_revision(one.revision, one.cause)
            self._store.set_places(one.revision)
            self._store.set_target(one.revision.model.name, one.revision.number, one.replicas)
        self._dips.accept(declared, dips)
        self._store.declare(stack, up=True)

    def restart(self, stack: Stack, models: Collection[str], *, allow_downtime: bool) -> None:
        """A next revision of the same content of each of these models."""
        declared = [
            Declared(again(entry, self._store), entry.replicas, "restart")
            for entry in self._store.models()
            if entry.name in models
        ]
        dips = self._dips.of(stack, declared, asks=False)
        if not allow_downtime:
            self._dips.refuse(declared, dips, "argosy restart")
        for one in declared:
            name, number = one.revision.model.name, one.revision.number
            self._store.add_revision(one.revision, one.cause)
            self._store.set_target(name, number, one.replicas)
            if stack.model(name).is_proven:
                self._rollouts.trust(name, number, SAME)
        self._dips.accept(declared, dips)

    def back(self, stack: Stack, model: str, number: int | None, *, allow_downtime: bool) -> int:
        """Have a kept revision serve again, the one before without ``number``. Returns which."""
        chosen = self._rollouts.earlier(model, number)
        entry = next(one for one in self._store.models() if one.name == model)
        if chosen == entry.serving:
            return self._rollouts.back(model, chosen)
        revision = self._store.revision(model, chosen).revision
        declared = [Declared(revision, entry.replicas, "rollback")]
        dips = self._dips.of(stack, declared, asks=False)
        if not allow_downtime:
            self._dips.refuse(declared, dips, f"argosy rollback {model} r{chosen}")
        self._rollouts.back(model, chosen)
        self._dips.accept(declared, dips)
        return chosen
