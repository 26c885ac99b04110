from __future__ import annotations

from dataclasses import replace

from argosy.rollout.guards import AtMost, Finding, Guard, Times
from argosy.stack.model import Guard as GuardSettings
from argosy.stack.model import GuardLimit, Rollout
from argosy.supervisor.rollouts.guarding import asked, waits_for
from argosy.supervisor.rollouts.stored import StoredRollout

SETTINGS = GuardSettings(error_rate=GuardLimit(amount=0.01), latency_p95=GuardLimit(ratio=1.5))
GUARDED = Rollout(steps=(10, 100), guard=SETTINGS)
STEP = StoredRollout("m", 2, 1, 1000.0).shifted(10, 1010.0)
CONTENT = (Finding("error_rate", "ok", "Few."), Finding("latency_p95", "ok", "Fast."))


def test_guards_are_those_of_the_stack_file() -> None:
    assert asked(SETTINGS) == (
        Guard("error_rate", AtMost(0.01)),
        Guard("latency_p95", Times(1.5)),
    )
    assert asked(GuardSettings(restarts=GuardLimit(amount=0))) == (Guard("restarts", AtMost(0)),)
    assert asked(GuardSettings()) == ()


def test_a_step_waits_until_every_guard_is_content() -> None:
    assert waits_for(STEP, GUARDED) == "guard error_rate: it has not looked yet"
    waiting = replace(STEP, guards=(CONTENT[0], Finding("latency_p95", "waiting", "Too few.")))
    assert waits_for(waiting, GUARDED) == "guard latency_p95: Too few."
    assert waits_for(replace(STEP, guards=CONTENT), GUARDED) == ""


def test_the_next_step_is_looked_at_anew() -> None:
    following = replace(STEP, guards=CONTENT).shifted(50)
    assert waits_for(following, GUARDED) == "guard error_rate: it has not looked yet"


def test_a_step_that_waits_is_not_over_however_long_it_lasts() -> None:
    assert not STEP.observed(5.0, 9999.0, waits_for(STEP, GUARDED)).held
    content = replace(STEP, guards=CONTENT)
    assert content.observed(5.0, 9999.0, waits_for(content, GUARDED)).held


def test_only_between_revisions_that_both_take_traffic_is_there_a_guard() -> None:
    for one in (
        StoredRollout("m", 2, 1, 1000.0),
        STEP.shifted(100),
        replace(STEP, forced=True),
        replace(STEP, fault="it was aborted"),
    ):
        assert waits_for(one, GUARDED) == ""
    assert waits_for(STEP, Rollout(steps=(10, 100))) == ""
