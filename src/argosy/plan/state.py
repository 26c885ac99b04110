"""What should be and what is: the two inputs of `reconcile`. No I/O here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from argosy.gateway.routing import Routing
from argosy.keys.key import Key
from argosy.keys.trust import NO_TRUST, Trust
from argosy.plan.dip import Dip
from argosy.platforms.platform import Replica
from argosy.stack.model import Gateway, Model
from argosy.stack.revision import Revision


@dataclass(frozen=True)
class Target:
    """What one model should be: a revision, this many replicas of it, and why it is so.

    ``retry_after``: seconds that callers are told to wait while none is ready. ``declared`` is the
    model as the stack file has it now, where that is known: what concerns only the gateway applies
    to every revision. ``proof`` says in words
    what a next revision is asked, and with a first one what speaks against any after it. With a
    ``dip`` it starts only once the one that serves has stopped.
    """

    revision: Revision
    replicas: int
    cause: str = ""
    retry_after: int = 5
    declared: Model | None = None
    proof: str = ""
    dip: Dip | None = None

    @property
    def model(self) -> Model:
        """As declared; else as when the revision was."""
        return self.declared or self.revision.model


@dataclass(frozen=True)
class Desired:
    """What the stack should be. ``up`` is False once it was told to go down.

    ``keys`` are those of its callers, revoked ones included, and ``trust`` checks their tokens.
    ``guests`` are prepared revisions by model, of each of which one replica runs beside what
    serves, as long as somebody asks it. Nothing is ever routed to them for that.
    """

    name: str
    gateway: Gateway
    targets: Mapping[str, Target] = field(default_factory=dict)
    up: bool = True
    keys: tuple[Key, ...] = ()
    trust: Trust = NO_TRUST
    guests: Mapping[str, tuple[Revision, ...]] = field(default_factory=dict)

    def guests_of(self, model: str) -> tuple[Revision, ...]:
        """Those of one model."""
        return self.guests.get(model, ())


@dataclass(frozen=True)
class FirstAnswers:
    """What a model's first revision has answered to its suite, with nothing to compare it with.

    It is ``refused`` where it is less accurate than the stack file wants. ``said`` is for people.
    """

    state: Literal["asking", "accepted", "refused"]
    said: str = ""


@dataclass(frozen=True)
class ObservedRevision:
    """One revision as it is now. ``replicas`` leaves out none, draining ones included.

    ``environment_seconds``: how long its preparation took, where it has been measured.
    ``declared_at``: seconds since 1970; 0 where that is not known. ``first``: None for a revision
    that was never a model's first, or is not asked yet.
    """

    revision: Revision
    state: Literal["declared", "preparing", "prepared", "failed"] = "declared"
    reason: str = ""
    replicas: tuple[Replica, ...] = ()
    environment_seconds: float | None = None
    declared_at: float = 0.0
    first: FirstAnswers | None = None

    @property
    def staying(self) -> tuple[Replica, ...]:
        """The replicas that were not told to go."""
        return tuple(replica for replica in self.replicas if replica.stays)

    @property
    def ready(self) -> tuple[Replica, ...]:
        """The replicas that can answer now."""
        return tuple(replica for replica in self.replicas if replica.state == "ready")

    def kept(self, count: int | None) -> tuple[Replica, ...]:
        """Those that stay where so many are wanted; all with None.

        They are the first of them, not those up to this index: a container that is made while one
        of an earlier run still drains has a number above it, and keeps that.
        """
        return tuple(sorted(self.staying, key=lambda one: one.index)[:count])

    @property
    def failure(self) -> str:
        """Why a replica of it could not become ready, while none has managed to."""
        if self.ready:
            return ""
        return next((one.reason for one in self.staying if one.failures), "")


Verdict = Literal["", "proving", "promote", "roll back", "inconclusive"]
Asked = Literal["", "asking", "asked"]
Agreed = Literal["", "comparing", "promote", "inconclusive"]


@dataclass(frozen=True)
class ObservedRollout:
    """How far ``revision`` has come in taking over.

    ``weight`` is its share of the traffic in percent. ``verdict`` is the gate's on its answers;
    empty where nothing was asked yet. ``held``: it has had this share for long enough, and no guard
    stands in the way. ``agreement`` is the verdict of shadow traffic, and ``mirrored`` the fraction
    of the requests, 0 to 1, that are copied for it now. ``unheard``: which requests it has waited
    for in vain, for too long. ``fault``: why it must go back. ``reason``
    is for people. A ``paused`` one waits for somebody to decide; one that is ``forced`` asks nobody
    any more.

    In a dip, ``baseline`` says whether the one that serves was asked before it stops, and
    ``is_down`` that it was told to stop.
    """

    revision: int
    weight: float = 0
    verdict: Verdict = ""
    agreement: Agreed = ""
    mirrored: float = 0
    held: bool = True
    unheard: str = ""
    paused: bool = False
    forced: bool = False
    fault: str = ""
    reason: str = ""
    baseline: Asked = ""
    is_down: bool = False


@dataclass(frozen=True)
class ObservedModel:
    """All revisions of a model that still matter, and the one that gets its traffic."""

    serving: int | None = None
    revisions: Mapping[int, ObservedRevision] = field(default_factory=dict)
    rollout: ObservedRollout | None = None

    def rollout_of(self, number: int) -> ObservedRollout:
        """That of this revision, which may not have begun."""
        known = self.rollout
        return known if known and known.revision == number else ObservedRollout(number)


@dataclass(frozen=True)
class Observed:
    """What is. ``published`` is what the gateway last acknowledged; None while it does not run."""

    models: Mapping[str, ObservedModel] = field(default_factory=dict)
    published: Routing | None = None
