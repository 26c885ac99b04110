"""How a next revision takes over where it has to be proven, told by the text of plans."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from argosy.plan.reconcile import foresee, reconcile, route
from argosy.plan.state import Observed, ObservedModel, ObservedRollout, Target
from argosy.platforms.platform import Replica
from argosy.stack.model import Model, Probe, Rollout, Shadow
from tests.plan.worlds import desired, observed, replica, revision

STEPS = Rollout(steps=(10, 50, 100), margin=0.02)
PROBE = Probe(Path("/stack/probes.jsonl"))


def target(
    number: int = 2, rollout: Rollout = STEPS, probe: Probe | None = PROBE, replicas: int = 1
) -> Target:
    model = Model("sentiment", replicas=replicas, probe=probe, rollout=rollout)
    return Target(revision(number), replicas, "code changed: model.py", declared=model)


def rolling(*replicas: Replica, serving: int = 1, **known: Any) -> Observed:
    """Revision 2 takes over from the one that serves."""
    seen = observed(serving, *(replicas or (replica(1, 1), replica(2, 1))))
    rollout = ObservedRollout(2, **known)
    model = replace(seen.models["sentiment"], rollout=rollout)
    return replace(seen, models={"sentiment": model})


def steps(wanted: Target, seen: Observed) -> list[str]:
    lines = str(reconcile(desired(wanted), seen)).splitlines()
    told = [" ".join(line.split()) for line in lines]
    return [one for one in told if not one.startswith("gateway publish")]


def weights(wanted: Target, seen: Observed) -> dict[int, int]:
    (found,) = route(desired(wanted), seen).routes
    return {one.number: one.weight for one in found.revisions}


def test_a_plan_shows_the_proof_and_every_share_of_the_traffic() -> None:
    plan = foresee(desired(target()), observed(1, replica(1, 1), states={2: "declared"}))
    assert [" ".join(str(one).split()) for one in plan.steps] == [
        "sentiment prepare r2 (Python 3.11.7) code changed: model.py",
        "sentiment start r2 ×1 code changed: model.py",
        "sentiment prove r2 against r1 probes.jsonl, margin 0.02",
        "sentiment route 10 % to r2 its replicas are ready",
        "sentiment route 50 % to r2 its replicas are ready",
        "sentiment route 100 % to r2 its replicas are ready",
        "sentiment drain and stop r1 ×1 r2 serves",
    ]


def test_nothing_gets_traffic_before_it_is_proven() -> None:
    assert steps(target(), rolling(verdict="proving")) == []
    assert weights(target(), rolling(verdict="proving")) == {1: 100}


def test_a_worse_revision_is_given_up_and_the_old_one_serves() -> None:
    seen = rolling(verdict="roll back", reason="Worse by more than 0.02")
    assert steps(target(), seen) == [
        "sentiment give up r2 Worse by more than 0.02",
        "sentiment drain and stop r2 ×1 r2 failed",
    ]


@pytest.mark.parametrize("known", [{"verdict": "inconclusive"}, {"verdict": "promote"}])
def test_what_is_paused_waits(known: dict[str, Any]) -> None:
    assert steps(target(), rolling(paused=True, **known)) == []


@pytest.mark.parametrize("known", [{"weight": 10, "held": False}, {"agreement": "comparing"}])
def test_what_has_waited_for_requests_too_long_is_paused(known: dict[str, Any]) -> None:
    seen = rolling(verdict="promote", unheard="it has waited 1h for requests", **known)
    copying = replace(STEPS, shadow=Shadow())
    wanted = target(rollout=copying)
    assert steps(wanted, seen) == [
        "sentiment pause the rollout of r2 it has waited 1h for requests"
    ]
    following = foresee(desired(wanted), seen)
    assert [one.describe() for one in following.steps] == ["pause the rollout of r2"]


@pytest.mark.parametrize(
    ("weight", "then"),
    [(0, "route 10 % to r2"), (10, "route 50 % to r2"), (50, "route 100 % to r2")],
)
def test_each_share_follows_the_one_before(weight: float, then: str) -> None:
    seen = rolling(verdict="promote", weight=weight)
    assert steps(target(), seen)[0].startswith(f"sentiment {then}")


def test_a_share_is_held() -> None:
    seen = rolling(verdict="promote", weight=10, held=False)
    assert steps(target(), seen) == []
    assert weights(target(), seen) == {1: 9000, 2: 1000}


def test_a_new_revision_without_a_ready_replica_has_no_share() -> None:
    seen = rolling(replica(1, 1), replica(2, 1, "unready"), verdict="promote", weight=50)
    assert weights(target(), seen) == {1: 100}


def test_a_fault_takes_it_back_at_any_share() -> None:
    seen = rolling(verdict="promote", weight=50, held=False, fault="latency_p95 is 2 s")
    assert steps(target(), seen)[0] == "sentiment give up r2 latency_p95 is 2 s"


def test_a_crash_of_the_old_revision_is_no_reason_to_trust_the_new_one() -> None:
    seen = rolling(replica(1, 1, "waiting"), replica(2, 1))
    assert not any("route" in one or "prove" in one for one in steps(target(), seen))


def test_whoever_promotes_by_hand_asks_nobody() -> None:
    seen = rolling(verdict="inconclusive", forced=True, reason="promoted by hand")
    assert steps(target(), seen)[0] == "sentiment route 100 % to r2 promoted by hand"


def test_a_rollout_of_another_revision_says_nothing_of_this_one() -> None:
    seen = observed(1, replica(1, 1), replica(3, 1))
    other = ObservedRollout(2, weight=50, verdict="promote")
    model: ObservedModel = replace(seen.models["sentiment"], rollout=other)
    seen = replace(seen, models={"sentiment": model})
    assert steps(target(3), seen)[0].startswith("sentiment prove r3 against r1")


def test_without_proof_and_steps_a_ready_revision_takes_over_at_once() -> None:
    plain = target(rollout=Rollout(), probe=None)
    assert steps(plain, rolling())[0] == "sentiment route 100 % to r2 its replicas are ready"
