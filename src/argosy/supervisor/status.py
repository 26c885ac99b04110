"""What `ps`, the live table and `--json` show: one value, made from desired and observed. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from argosy.gateway.routing import GatewayState
from argosy.plan.state import (
    Desired,
    FirstAnswers,
    Observed,
    ObservedModel,
    ObservedRevision,
    Target,
)
from argosy.platforms.platform import ColdStart, Replica, ReplicaState
from argosy.rollout.guards import Finding
from argosy.supervisor.rollouts.stored import StoredShadow

ModelState = Literal[
    "ready",
    "starting",
    "building",
    "rolling",
    "paused",
    "degraded",
    "failed",
    "stopping",
    "stopped",
]
TROUBLED = frozenset({"queueing", "unready", "waiting"})  # states of a replica that was ready once


@dataclass(frozen=True)
class RolloutStatus:
    """How far a revision has come in taking over from ``before``.

    ``steps`` are all its shares of the traffic in percent, ``weight`` the one it has, until
    ``held_until`` (seconds since 1970) if each is held for a while. ``decision`` is the gate's as
    data, of the questions answered so far. ``guards`` is what they found at this share, ``shadow``
    what copied requests have shown. Where one of them needs more requests ``waits_for`` says what
    it has, ``waits_since`` when it could have gone on, and ``waits_until`` when it pauses. In a dip
    the one before is asked first (``asks_before``); from ``down_since`` on nobody answers.
    """

    revision: int
    before: int
    weight: float
    steps: tuple[float, ...]
    verdict: str = ""
    paused: bool = False
    reason: str = ""
    started_at: float = 0.0
    held_until: float | None = None
    decision: Mapping[str, Any] = field(default_factory=dict)
    guards: tuple[Finding, ...] = ()
    waits_for: str = ""
    waits_since: float | None = None
    waits_until: float | None = None
    shadow: StoredShadow | None = None
    asks_before: bool = False
    down_since: float | None = None

    @property
    def choices(self) -> tuple[str, ...]:
        """What people can decide where it is paused; what has found nothing cannot go on."""
        decides = (self.verdict, self.shadow.verdict if self.shadow else "")
        goes_on = () if "inconclusive" in decides else ("resume",)
        return (*goes_on, "promote", "abort")

    def waits(self, now: float) -> bool:
        """Whether nothing but requests is missing for it to go on."""
        return self.waits_since is not None and now >= self.waits_since


@dataclass(frozen=True)
class ModelStatus:
    """One model. ``ready`` of ``wanted`` replicas of revision ``serving`` answer at ``url``.

    ``target`` is the revision that should serve; ``reason`` says why it does not, or what failed
    last. ``first`` is what the target has answered to its suite, if it is the model's first.
    ``environment_seconds`` is how long the target's environment took to make. ``guests`` are
    revisions of which one of ``replicas`` runs only to be asked. ``was_rolled_back``: the target
    was given up by its rollout, of which there is evidence. It ``comes_back`` while ``serving``,
    which had stopped for the target, starts again.
    """

    name: str
    engine: str
    state: ModelState
    serving: int | None
    target: int | None
    wanted: int
    ready: int
    url: str
    reason: str = ""
    cause: str = ""
    activity: str = ""
    environment_seconds: float | None = None
    cold_start: ColdStart | None = None
    replicas: tuple[Replica, ...] = ()
    rollout: RolloutStatus | None = None
    first: FirstAnswers | None = None
    guests: tuple[int, ...] = ()
    was_rolled_back: bool = False
    comes_back: bool = False

    @property
    def is_under_way(self) -> bool:
        """Whether it is still becoming what it should be; replicas that drain count too."""
        is_asked = self.first is not None and self.first.state == "asking"
        is_becoming = self.state in {"building", "starting", "rolling", "stopping"}
        leaves = any(not replica.stays for replica in self.replicas)
        return is_becoming or is_asked or self.comes_back or leaves


@dataclass(frozen=True)
class StackStatus:
    """A stack as its supervisor sees it.

    ``settled``: nothing is under way. ``problem``: why the last step failed, until it succeeds.
    ``companions``: why some of them do not come up, by name.
    """

    name: str
    file: str
    up: bool
    url: str
    generation: int
    settled: bool
    gateway: GatewayState
    problem: str = ""
    models: tuple[ModelStatus, ...] = ()
    supervisor_pid: int = 0
    platform: str = "process"
    companions: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Hosted:
    """How far a guest has come; ``replica`` is its own, once it has one.

    ``told`` is what is being done for it, or why it has failed.
    """

    state: Literal["preparing", "failed"] | ReplicaState
    told: str = ""
    replica: Replica | None = None


def model_statuses(
    desired: Desired,
    observed: Observed,
    activities: Mapping[str, str],
    rollouts: Mapping[str, RolloutStatus] | None = None,
) -> tuple[ModelStatus, ...]:
    """Every model that is declared or still has replicas, by name."""
    names = sorted({*desired.targets, *observed.models})
    return tuple(
        _model_status(
            name,
            desired,
            observed.models.get(name, ObservedModel()),
            activities.get(name, ""),
            (rollouts or {}).get(name),
        )
        for name in names
    )


def _model_status(
    name: str,
    desired: Desired,
    model: ObservedModel,
    activity: str,
    rollout: RolloutStatus | None,
) -> ModelStatus:
    target = desired.targets.get(name) if desired.up else None
    serving = model.revisions.get(model.serving) if model.serving else None
    current = (
        model.revisions.get(target.revision.number, ObservedRevision(target.revision))
        if target
        else serving
    )
    shown = current or next(iter(model.revisions.values()), None)
    replicas = tuple(
        replica for _, one in sorted(model.revisions.items()) for replica in one.replicas
    )
    own = {model.serving, target.revision.number if target else None}
    guests = {one.number for one in desired.guests_of(name)} - own
    concerning = tuple(one for one in replicas if one.revision not in guests)
    state = _state(target, current, serving, concerning, rollout)
    return ModelStatus(
        name=name,
        engine=shown.revision.model.engine if shown else "",
        state=state,
        serving=model.serving,
        target=target.revision.number if target else None,
        wanted=target.replicas if target else 0,
        ready=len(serving.ready) if serving else 0,
        url=f"{desired.gateway.url}/api/{name}",
        reason=_reason(target, current, serving, concerning),
        cause=target.cause if target else "",
        activity=activity,
        environment_seconds=current.environment_seconds if current else None,
        cold_start=next((one.cold_start for one in reversed(concerning) if one.cold_start), None),
        replicas=replicas,
        rollout=rollout,
        first=current.first if current else None,
        guests=tuple(sorted(guests)),
        comes_back=state == "failed" and _comes_back(target, serving),
    )


def _comes_back(target: Target | None, serving: ObservedRevision | None) -> bool:
    """Whether what serves has no ready replica, and one that may become so."""
    if target is None or serving is None or serving.revision.number == target.revision.number:
        return False
    return bool(serving.staying) and not serving.ready and not serving.failure


def _state(
    target: Target | None,
    current: ObservedRevision | None,
    serving: ObservedRevision | None,
    replicas: tuple[Replica, ...],
    rollout: RolloutStatus | None,
) -> ModelState:
    if target is None:
        return "stopping" if replicas else "stopped"
    if current is None or current.state in {"declared", "preparing"}:
        return "building"
    if current.state == "failed" or current.failure:
        return "failed"
    if target.replicas == 0:
        return "stopped" if not replicas else "stopping"
    is_serving = serving is not None and serving.revision.number == target.revision.number
    if is_serving and any(one.fault for one in current.staying):
        return "degraded"
    if is_serving and len(current.ready) >= target.replicas:
        return "ready"
    if not is_serving and rollout is not None and rollout.revision == target.revision.number:
        return "paused" if rollout.paused else "rolling"
    if _cannot_compare(target, current, serving):
        return "paused"
    if is_serving and any(one.state in TROUBLED for one in current.staying):
        return "degraded"
    return "starting"


def _cannot_compare(
    target: Target | None, current: ObservedRevision | None, serving: ObservedRevision | None
) -> bool:
    """Whether a ready revision waits to be proven against one that does not start."""
    if target is None or current is None or serving is None or serving is current:
        return False
    is_waiting = target.dip is not None or len(current.ready) >= target.replicas
    return target.model.is_proven and is_waiting and bool(serving.failure)


def _reason(
    target: Target | None,
    current: ObservedRevision | None,
    serving: ObservedRevision | None,
    replicas: tuple[Replica, ...],
) -> str:
    if serving is not None and _cannot_compare(target, current, serving):
        number = serving.revision.number
        return f"r{number}, against which it is to be proven, does not start: {serving.failure}"
    if current is not None and current.reason:
        return current.reason
    return next((one.reason for one in reversed(replicas) if one.reason), "")
