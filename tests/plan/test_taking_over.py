"""How a next revision takes the place of one that stops first, told by the text of plans."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from argosy.plan.dip import Dip
from argosy.plan.reconcile import foresee, reconcile, route
from argosy.plan.state import Observed, ObservedRollout, Target
from argosy.platforms.platform import Replica
from argosy.stack.model import Model, Probe, Rollout
from tests.plan.worlds import desired, observed, replica, revision

LEFT_OUT = "its steps are left out"
ALONE = "nothing compares it with r1, as the model has no probe"
DIP = Dip("r2 may use 600 MiB, and 300 MiB is available beside r1", 3.0, 5.0, measured=4)
PROBE = Probe(Path("/stack/probes.jsonl"))
STEPS = Rollout(steps=(10, 100))


def target(probe: Probe | None = PROBE, *, replicas: int = 1, number: int = 2) -> Target:
    rollout = STEPS if probe else Rollout()
    model = Model("sentiment", replicas=replicas, probe=probe, rollout=rollout)
    cause = "code changed: model.py"
    return Target(revision(number), replicas, cause, declared=model, dip=DIP)


def dipping(*replicas: Replica, states: dict[int, str] | None = None, **known: Any) -> Observed:
    """Revision 2 takes the place of 1, which serves."""
    seen = observed(1, *replicas, states={1: "prepared", 2: "prepared", **(states or {})})
    model = replace(seen.models["sentiment"], rollout=ObservedRollout(2, **known))
    return replace(seen, models={"sentiment": model})


def told(plan: object) -> list[str]:
    lines = [" ".join(line.split()) for line in str(plan).splitlines()]
    return [one.removeprefix("sentiment ") for one in lines]


def steps(wanted: Target, seen: Observed) -> list[str]:
    return told(reconcile(desired(wanted), seen))


def test_a_plan_shows_what_is_asked_before_and_how_long_nobody_answers() -> None:
    plan = foresee(desired(target()), observed(1, replica(1, 1), states={2: "declared"}))
    assert told(plan) == [
        "prepare r2 (Python 3.11.7) code changed: model.py",
        "ask r1 before it stops probes.jsonl",
        f"dip: r1 stops, then r2 starts {DIP}; {LEFT_OUT}; needs --allow-downtime",
        "drain and stop r1 ×1 r2 takes its place",
        "start r2 ×1 code changed: model.py",
        "prove r2 against r1 by what r1 has answered before it stopped",
        "route 100 % to r2 its replicas are ready",
    ]


def test_without_a_probe_nobody_is_asked() -> None:
    plan = foresee(desired(target(None)), observed(1, replica(1, 1), states={2: "prepared"}))
    assert told(plan) == [
        f"dip: r1 stops, then r2 starts {DIP}; {ALONE}; needs --allow-downtime",
        "drain and stop r1 ×1 r2 takes its place",
        "start r2 ×1 code changed: model.py",
        "route 100 % to r2 its replicas are ready",
    ]


def test_the_old_one_is_unrouted_before_it_stops() -> None:
    assert steps(target(), dipping(replica(1, 1), baseline="asked")) == [
        f"dip: r1 stops, then r2 starts {DIP}; {LEFT_OUT}; needs --allow-downtime",
        "gateway publish replicas who answers has changed",
        "drain and stop r1 ×1 r2 takes its place",
    ]


def test_it_serves_while_it_is_asked() -> None:
    seen = dipping(replica(1, 1), baseline="asking")
    assert steps(target(), seen) == []
    (found,) = route(desired(target()), seen).routes
    assert found.revisions[0].endpoints == ("unix:/run/r1.1",)


def test_the_new_one_waits_until_the_old_one_has_gone() -> None:
    draining = dipping(replica(1, 1, "draining"), baseline="asked", is_down=True)
    assert not any("start" in one for one in steps(target(), draining))
    gone = dipping(baseline="asked", is_down=True)
    assert "start r2 ×1 code changed: model.py" in steps(target(), gone)


def test_callers_are_told_why_nobody_answers() -> None:
    seen = dipping(replica(1, 1, "draining"), baseline="asked", is_down=True)
    (found,) = route(desired(replace(target(), retry_after=9)), seen).routes
    assert found.revisions[0].endpoints == ()
    assert found.unavailable == "r1 has stopped, and r2 is starting in its place"
    assert found.retry_after == 9


def test_one_ready_replica_is_enough_to_end_it() -> None:
    seen = dipping(replica(2, 1), replica(2, 2, "loading"), is_down=True)
    assert steps(target(None, replicas=2), seen)[0].startswith("route 100 % to r2")


def test_nothing_is_routed_to_the_new_one_before_it_is_proven() -> None:
    seen = dipping(replica(2, 1), baseline="asked", is_down=True, verdict="proving")
    assert not any("route" in one for one in steps(target(), seen))
    (found,) = route(desired(target()), seen).routes
    assert found.revisions[0].endpoints == ()


@pytest.mark.parametrize("verdict", ["roll back", "inconclusive"])
def test_what_is_not_shown_to_be_fine_goes_and_the_old_one_comes_back(verdict: str) -> None:
    known: dict[str, Any] = {"baseline": "asked", "verdict": verdict, "reason": "Worse"}
    seen = dipping(replica(2, 1), is_down=True, **known)
    assert steps(target(), seen)[0] == "give up r2 Worse"
    plan = told(foresee(desired(target()), seen))
    assert plan == ["give up r2 Worse", "stop r2 ×1 r2 failed", "start r1 ×1 r2 failed"]


def test_the_old_one_comes_back_once_the_new_one_has_gone() -> None:
    failed = {2: "failed"}
    seen = observed(1, replica(2, 1, "draining"), states={1: "prepared", **failed})
    assert not any("start" in one for one in steps(target(), seen))
    (found,) = route(desired(target()), seen).routes
    assert found.unavailable.startswith("r2 failed, and r1 starts again")
    gone = observed(1, states={1: "prepared", **failed})
    assert "start r1 ×1 r2 failed" in steps(target(), gone)


def test_one_that_cannot_start_goes_although_nobody_serves() -> None:
    broken = replica(2, 1, "waiting", failures=1, reason="ValueError: bad weights")
    seen = dipping(broken, baseline="asked", is_down=True)
    assert steps(target(), seen)[0] == "give up r2 ValueError: bad weights"


def test_files_as_they_were_bring_the_old_one_back_once_the_new_one_has_gone() -> None:
    back = replace(target(number=1), dip=None)
    leaving = observed(1, replica(2, 1), states={1: "prepared"})
    assert "drain and stop r2 ×1 r1 serves" in steps(back, leaving)
    assert not any(one.startswith("start") for one in steps(back, leaving))
    gone = observed(1, states={1: "prepared", 2: "prepared"})
    assert any(one.startswith("start r1 ×1") for one in steps(back, gone))


def test_a_crash_of_the_old_one_is_no_reason_to_replace_it_unproven() -> None:
    assert steps(target(), dipping(replica(1, 1, "waiting"))) == [
        "gateway publish replicas who answers has changed"
    ]
    forced = dipping(replica(1, 1, "waiting"), forced=True)
    assert steps(target(), forced)[0].startswith("dip: r1 stops")


def test_an_old_one_that_cannot_be_asked_serves_on_until_somebody_decides() -> None:
    unasked = dipping(replica(1, 1), paused=True, reason="r1 has no replica that answers")
    assert steps(target(), unasked) == []
    (found,) = route(desired(target()), unasked).routes
    assert found.revisions[0].endpoints == ("unix:/run/r1.1",)
    assert steps(target(), dipping(replica(1, 1)))[0].startswith("ask r1 before it stops")
    promoted = dipping(replica(1, 1), forced=True, reason="promoted by hand")
    assert steps(target(), promoted)[0].startswith("dip: r1 stops, then r2 starts")
    aborted = dipping(replica(1, 1), fault="it was aborted")
    assert steps(target(), aborted)[0] == "give up r2 it was aborted"


def test_paused_it_does_not_begin() -> None:
    assert steps(target(), dipping(replica(1, 1), baseline="asked", paused=True)) == []


def test_aborted_before_it_began_nothing_has_stopped() -> None:
    assert steps(target(), dipping(replica(1, 1), fault="it was aborted")) == [
        "give up r2 it was aborted"
    ]


def test_promoted_by_hand_nobody_is_asked() -> None:
    seen = dipping(replica(2, 1), is_down=True, forced=True, reason="promoted by hand")
    assert steps(target(), seen)[0] == "route 100 % to r2 promoted by hand"


def test_once_it_serves_it_drains_like_any_other() -> None:
    seen = observed(2, replica(2, 1), replica(2, 2))
    assert "drain and stop r2 ×1 replicas: 1" in steps(target(), seen)


def test_a_file_that_asks_for_a_dip_needs_no_more_leave() -> None:
    chosen = replace(target(), dip=replace(DIP, needs_leave=False))
    assert steps(chosen, dipping(replica(1, 1), baseline="asked"))[0] == (
        f"dip: r1 stops, then r2 starts {DIP}; {LEFT_OUT}"
    )
