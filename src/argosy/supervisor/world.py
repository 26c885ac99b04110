"""Desired and observed, put together from the store, the platform and the gateway. Only reads."""

from __future__ import annotations

import math
import statistics
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

from argosy.gateway.gateway import Gateway
from argosy.plan.state import (
    Desired,
    FirstAnswers,
    Observed,
    ObservedModel,
    ObservedRevision,
    ObservedRollout,
    Target,
)
from argosy.platforms.platform import Platform, Replica
from argosy.stack.model import Gateway as GatewaySettings
from argosy.stack.model import Model
from argosy.stack.model import Rollout as RolloutSettings
from argosy.stack.revision import Revision
from argosy.supervisor.keyring import Keyring
from argosy.supervisor.records import Records
from argosy.supervisor.rollouts.guarding import waits_for
from argosy.supervisor.rollouts.waiting import waiting
from argosy.supervisor.status import RolloutStatus
from argosy.supervisor.store import Store, StoredModel

DEFAULT_RETRY_AFTER = 5


@dataclass(frozen=True)
class World:
    """The parts that know what is and what should be."""

    store: Store
    platform: Platform
    gateway: Gateway
    records: Records
    keyring: Keyring

    def desired(self) -> Desired:
        """What the stack should be, as it was last accepted."""
        declared = self.store.declared()
        if declared is None:
            return Desired("", GatewaySettings(), up=False)
        stack, up = declared
        models = {model.name: model for model in stack.models}
        targets = {}
        for entry in self.store.models():
            if model := models.get(entry.name):
                target = self.store.revision(entry.name, entry.target)
                targets[entry.name] = self._target(
                    model, target.revision, entry.replicas, target.cause
                )
        return Desired(
            stack.name,
            stack.gateway,
            targets,
            up,
            keys=self.keyring.concerning(),
            trust=self.keyring.trust,
            guests=self.records.guests.wanted(),
        )

    def _target(self, model: Model, revision: Revision, replicas: int, cause: str) -> Target:
        """A target for a declared model; callers wait as long as its cold starts took."""
        measured = [one.total for one in self.store.cold_starts(model.name)]
        wait = math.ceil(statistics.median(measured)) if measured else DEFAULT_RETRY_AFTER
        dip = self.store.dip(model.name, revision.number)
        return Target(revision, replicas, cause, max(1, wait), declared=model, dip=dip)

    def observed(self, measure: bool = False) -> Observed:
        """What is; with the memory that replicas use if ``measure``."""
        replicas = self.replicas(measure)
        models = {
            entry.name: self._observed_model(entry, replicas) for entry in self.store.models()
        }
        return Observed(models, self.gateway.observe().published)

    def replicas(self, measure: bool = False) -> list[Replica]:
        """Those of the platform, with what their probes have found."""
        found = self.platform.measured() if measure else self.platform.observe()
        return self.records.probes.seen(found)

    def _observed_model(self, entry: StoredModel, replicas: Sequence[Replica]) -> ObservedModel:
        own = [replica for replica in replicas if replica.model == entry.name]
        relevant = {replica.revision for replica in own} | {entry.target, entry.serving}
        revisions = {}
        for stored in self.store.revisions(entry.name):
            number = stored.revision.number
            if number in relevant:
                revisions[number] = ObservedRevision(
                    stored.revision,
                    state=self.records.state(stored),
                    reason=stored.reason,
                    replicas=tuple(one for one in own if one.revision == number),
                    environment_seconds=stored.environment_seconds,
                    declared_at=stored.declared_at,
                    first=self._first(entry.name, number),
                )
        return ObservedModel(entry.serving, revisions, self._observed_rollout(entry))

    def _first(self, model: str, number: int) -> FirstAnswers | None:
        if self.records.asking_first.runs(model, number):
            return FirstAnswers("asking")
        return self.store.first_answers(model, number)

    def rollouts(self) -> dict[str, RolloutStatus]:
        """Those under way, by model."""
        found = {}
        for entry in self.store.models():
            rollout, settings = self.store.rollout(entry.name), self._settings(entry.name)
            observed = self._observed_rollout(entry)
            if rollout is None or observed is None:
                continue
            waits = waiting(rollout, settings)
            found[entry.name] = RolloutStatus(
                revision=rollout.revision,
                before=rollout.before,
                weight=rollout.weight,
                steps=settings.steps,
                verdict=observed.verdict,
                paused=rollout.paused,
                reason=rollout.reason,
                started_at=rollout.started_at,
                held_until=rollout.due(settings.hold) if settings.hold and rollout.shifts else None,
                shadow=rollout.shadow,
                decision=rollout.decision or self.records.proving.decision(entry.name),
                guards=rollout.guards,
                waits_for=waits.what if waits else "",
                waits_since=waits.since if waits else None,
                waits_until=waits.until if waits else None,
                asks_before=observed.baseline == "asking",
                down_since=rollout.down_since,
            )
        return found

    def was_rolled_back(self, model: str, number: int | None) -> bool:
        """Whether the last rollout was that of this revision, and went back."""
        last = next(iter(self.store.rollouts(model, most=1)), None)
        return last is not None and (last.revision, last.outcome) == (number, "rolled back")

    def until_due(self) -> float | None:
        """Seconds until a share of the traffic or a wait for requests has lasted long enough."""
        now, found = time.time(), []
        for entry in self.store.models():
            rollout = self.store.rollout(entry.name)
            if rollout is None or rollout.paused:
                continue
            settings = self._settings(entry.name)
            if rollout.shifts:
                found.append(rollout.due(settings.hold) - now)
            if waits := waiting(rollout, settings):
                found.append(waits.until - now)
        return min((one for one in found if one > 0), default=None)

    def _settings(self, model: str) -> RolloutSettings:
        """As the stack file has them now."""
        declared = self.store.declared()
        known = {one.name: one.rollout for one in declared[0].models} if declared else {}
        return known.get(model, RolloutSettings())

    def _observed_rollout(self, entry: StoredModel) -> ObservedRollout | None:
        rollout = self.store.rollout(entry.name)
        if rollout is None or rollout.revision != entry.target:
            return None
        settings = self._settings(entry.name)
        now, waits = time.time(), waiting(rollout, settings)
        given_up = waits.given_up(now, settings.patience) if waits else ""
        observed = rollout.observed(settings.hold, now, waits_for(rollout, settings), given_up)
        if self.records.shadowing.runs(rollout):
            wanted = settings.shadow.fraction if settings.shadow else 0.0
            fraction = self.records.shadowing.fraction(entry.name, wanted)
            observed = replace(observed, agreement="comparing", mirrored=fraction)
        if self.records.proving.asks_before(entry.name):
            return replace(observed, baseline="asking")
        is_proving = not rollout.verdict and self.records.proving.runs(entry.name)
        return replace(observed, verdict="proving") if is_proving else observed
