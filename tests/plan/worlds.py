"""Small worlds for tests: what should be, what is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from argosy.plan.reconcile import route
from argosy.plan.state import Desired, Observed, ObservedModel, ObservedRevision, Target
from argosy.platforms.platform import Replica, ReplicaState
from argosy.stack.model import Gateway, Model
from argosy.stack.revision import Lock, Revision

LISTEN = "127.0.0.1:8080"


def revision(number: int = 1, name: str = "sentiment", replicas: int = 1) -> Revision:
    lock = Lock(digest="e" * 64, python="3.11.7", file=Path("/state/locks/sentiment.txt"))
    return Revision(number, Model(name, replicas=replicas), lock, digest=f"digest {number}")


def desired(*targets: Target, up: bool = True) -> Desired:
    by_name = {target.revision.model.name: target for target in targets}
    return Desired("desk", Gateway(LISTEN), by_name, up=up)


def replica(number: int, index: int, state: ReplicaState = "ready", **more: object) -> Replica:
    one = Replica("sentiment", number, index, state, address=f"unix:/run/r{number}.{index}")
    return replace(one, **more)  # type: ignore[arg-type]


def observed(
    serving: int | None,
    *replicas: Replica,
    published: bool = True,
    states: dict[int, str] | None = None,
) -> Observed:
    numbers = {one.revision for one in replicas} | set(states or {})
    revisions = {
        number: ObservedRevision(
            revision(number),
            state=(states or {}).get(number, "prepared"),  # type: ignore[arg-type]
            replicas=tuple(one for one in replicas if one.revision == number),
        )
        for number in numbers
    }
    seen = Observed({"sentiment": ObservedModel(serving, revisions)})
    if not published:
        return seen
    number = serving or 1
    return replace(
        seen, published=route(desired(Target(revision(number), len(replicas) or 1)), seen)
    )
