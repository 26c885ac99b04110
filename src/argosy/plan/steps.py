"""The steps of a plan: one frozen dataclass each, with its cause. No I/O here.

``effect`` tells what is expected of the step, so that `foresee` can plan past it.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, replace

from argosy.gateway.routing import Routing
from argosy.plan.state import (
    FirstAnswers,
    Observed,
    ObservedModel,
    ObservedRevision,
    ObservedRollout,
)
from argosy.platforms.platform import Replica
from argosy.stack.revision import Revision

WHOLE = 100  # percent of the traffic


@dataclass(frozen=True, kw_only=True)
class Step(ABC):
    """One change. ``subject`` is the model, or ``gateway``."""

    subject: str
    cause: str

    @abstractmethod
    def describe(self) -> str:
        """The change in a few words, without subject and cause."""

    @abstractmethod
    def effect(self, observed: Observed) -> Observed:
        """The state once the step has done what it is for."""

    def __str__(self) -> str:
        return f"{self.subject:<12} {self.describe():<28} {self.cause}".rstrip()


@dataclass(frozen=True, kw_only=True)
class Prepare(Step):
    """Make the environment of a revision."""

    revision: Revision

    def describe(self) -> str:
        """Names the interpreter, the part of an environment that people look for."""
        return f"prepare r{self.revision.number} (Python {self.revision.lock.python})"

    def effect(self, observed: Observed) -> Observed:
        """It is prepared."""
        return _with_revision(observed, self.revision, state="prepared")


@dataclass(frozen=True, kw_only=True)
class Scale(Step):
    """Have this many replicas of a revision; those that leave drain for ``drain`` seconds."""

    revision: Revision
    before: int
    after: int
    drain: float = 0.0

    def describe(self) -> str:
        """Says start or stop, whichever it comes to."""
        verb, count = (
            ("start", self.after - self.before)
            if self.after > self.before
            else ("drain and stop" if self.drain else "stop", self.before - self.after)
        )
        return f"{verb} r{self.revision.number} ×{count}"

    def effect(self, observed: Observed) -> Observed:
        """All asked for are ready, and the others are gone."""
        name, number = self.revision.model.name, self.revision.number
        replicas = tuple(
            Replica(name, number, index, "ready", address=f"{name}.r{number}.{index}")
            for index in range(1, self.after + 1)
        )
        return _with_revision(observed, self.revision, replicas=replicas)

    @classmethod
    def to(cls, one: ObservedRevision, after: int, cause: str, drain: float = 0.0) -> Scale:
        """From the replicas that a revision has now."""
        return cls(
            subject=one.revision.model.name,
            cause=cause,
            revision=one.revision,
            before=len(one.staying),
            after=after,
            drain=drain,
        )


@dataclass(frozen=True, kw_only=True)
class Serve(Step):
    """Give the model's traffic to a revision."""

    revision: Revision
    before: int | None

    def describe(self) -> str:
        """All of it, which a first revision shares with nobody."""
        share = f"{WHOLE} % " if self.before else ""
        return f"route {share}to r{self.revision.number}"

    def effect(self, observed: Observed) -> Observed:
        """The revision serves."""
        return _with_model(observed, self.subject, serving=self.revision.number, rollout=None)


@dataclass(frozen=True, kw_only=True)
class Ask(Step):
    """Ask a model's first revision the questions of its suite."""

    revision: Revision

    def describe(self) -> str:
        """Which one."""
        return f"ask r{self.revision.number} its suite"

    def effect(self, observed: Observed) -> Observed:
        """Its answers are good enough."""
        return _with_revision(observed, self.revision, first=FirstAnswers("accepted"))


@dataclass(frozen=True, kw_only=True)
class AskBefore(Step):
    """Ask the revision that serves, while it can still answer, what the next one will be asked."""

    revision: Revision
    before: Revision

    def describe(self) -> str:
        """Whom."""
        return f"ask r{self.before.number} before it stops"

    def effect(self, observed: Observed) -> Observed:
        """Its answers are kept."""
        return _with_rollout(observed, self.revision, baseline="asked")


@dataclass(frozen=True, kw_only=True)
class StandDown(Step):
    """Route nothing to the revision that serves, so that it can stop before the next one starts."""

    revision: Revision
    before: Revision

    def describe(self) -> str:
        """From where to where; the cause says how long it takes."""
        return f"dip: r{self.before.number} stops, then r{self.revision.number} starts"

    def effect(self, observed: Observed) -> Observed:
        """Nobody answers."""
        return _with_rollout(observed, self.revision, is_down=True)


@dataclass(frozen=True, kw_only=True)
class Prove(Step):
    """Ask a revision and the one that serves the same questions, before any traffic."""

    revision: Revision
    before: Revision

    def describe(self) -> str:
        """Which against which."""
        return f"prove r{self.revision.number} against r{self.before.number}"

    def effect(self, observed: Observed) -> Observed:
        """It is not worse."""
        return _with_rollout(observed, self.revision, verdict="promote")


@dataclass(frozen=True, kw_only=True)
class Shadow(Step):
    """Have a revision answer copies of a fraction of the requests; nobody sees its answers."""

    revision: Revision
    before: Revision
    fraction: float

    def describe(self) -> str:
        """How much is copied."""
        return f"copy {100 * self.fraction:g} % to r{self.revision.number}"

    def effect(self, observed: Observed) -> Observed:
        """Both answer alike, while requests are copied."""
        return _with_rollout(observed, self.revision, mirrored=self.fraction, agreement="promote")


@dataclass(frozen=True, kw_only=True)
class Shift(Step):
    """Give a revision ``weight`` percent of the traffic; ``before``, which serves, has the rest."""

    revision: Revision
    before: Revision
    weight: float

    def describe(self) -> str:
        """The share."""
        return f"route {self.weight:g} % to r{self.revision.number}"

    def effect(self, observed: Observed) -> Observed:
        """It has this share, for long enough."""
        return _with_rollout(observed, self.revision, weight=self.weight, held=True)


@dataclass(frozen=True, kw_only=True)
class Pause(Step):
    """Keep the shares of the traffic as they are, until somebody decides."""

    revision: Revision

    def describe(self) -> str:
        """The cause says why."""
        return f"pause the rollout of r{self.revision.number}"

    def effect(self, observed: Observed) -> Observed:
        """It is paused."""
        return _with_rollout(observed, self.revision, paused=True, reason=self.cause)


@dataclass(frozen=True, kw_only=True)
class GiveUp(Step):
    """Mark a revision as failed; another goes on serving."""

    revision: Revision

    def describe(self) -> str:
        """The cause says why."""
        return f"give up r{self.revision.number}"

    def effect(self, observed: Observed) -> Observed:
        """It is failed."""
        failed = _with_revision(observed, self.revision, state="failed", reason=self.cause)
        return _with_model(failed, self.subject, rollout=None)


@dataclass(frozen=True, kw_only=True)
class Replace(Step):
    """Start one replica anew, to which nothing is routed any more; it drains first."""

    replica: Replica
    drain: float = 0.0

    def describe(self) -> str:
        """Which one."""
        return f"replace r{self.replica.revision}.{self.replica.index}"

    def effect(self, observed: Observed) -> Observed:
        """It answers as it should."""
        model = observed.models[self.subject]
        one = model.revisions[self.replica.revision]
        fresh = replace(self.replica, state="ready", fault="", is_to_be_replaced=False)
        replicas = tuple(fresh if old.name == fresh.name else old for old in one.replicas)
        return _with_revision(observed, one.revision, replicas=replicas)


@dataclass(frozen=True, kw_only=True)
class Forget(Step):
    """Stop keeping a model that is no longer declared; all its replicas are gone."""

    def describe(self) -> str:
        """Its revisions stay in the store."""
        return "forget"

    def effect(self, observed: Observed) -> Observed:
        """The model is gone."""
        models = {name: model for name, model in observed.models.items() if name != self.subject}
        return replace(observed, models=models)


@dataclass(frozen=True, kw_only=True)
class Publish(Step):
    """Tell the gateway who answers; starts it when it does not run."""

    routing: Routing
    starts: bool

    def describe(self) -> str:
        """The address when it starts."""
        return f"start on {self.routing.listen}" if self.starts else "publish replicas"

    def effect(self, observed: Observed) -> Observed:
        """The gateway serves it."""
        return replace(observed, published=self.routing)


@dataclass(frozen=True, kw_only=True)
class StopGateway(Step):
    """Take no more requests, finish those that run, end."""

    def describe(self) -> str:
        """The gateway goes first, so that nothing reaches a replica that leaves."""
        return "stop"

    def effect(self, observed: Observed) -> Observed:
        """Nothing is published."""
        return replace(observed, published=None)


def _with_model(observed: Observed, name: str, **changes: object) -> Observed:
    model = observed.models.get(name, ObservedModel())
    changed = replace(model, **changes)  # type: ignore[arg-type]
    return replace(observed, models={**observed.models, name: changed})


def _with_revision(observed: Observed, revision: Revision, **changes: object) -> Observed:
    name = revision.model.name
    revisions: Mapping[int, ObservedRevision] = observed.models.get(name, ObservedModel()).revisions
    current = revisions.get(revision.number, ObservedRevision(revision))
    changed = replace(current, **changes)  # type: ignore[arg-type]
    return _with_model(observed, name, revisions={**revisions, revision.number: changed})


def _with_rollout(observed: Observed, revision: Revision, **changes: object) -> Observed:
    name = revision.model.name
    current = observed.models.get(name, ObservedModel()).rollout_of(revision.number)
    changed: ObservedRollout = replace(current, **changes)  # type: ignore[arg-type]
    return _with_model(observed, name, rollout=changed)
