"""What a rollout waits for, and until when."""

from __future__ import annotations

from dataclasses import replace

from argosy.rollout.guards import Finding
from argosy.stack.model import Guard, GuardLimit, Rollout, Shadow
from argosy.supervisor.rollouts.stored import StoredRollout, StoredShadow
from argosy.supervisor.rollouts.waiting import Waiting, waiting

GUARDED = Rollout(
    steps=(10, 100), hold=5.0, patience=60.0, guard=Guard(error_rate=GuardLimit(amount=0.01))
)
STEP = replace(
    StoredRollout("m", 2, 1, 1000.0).shifted(10, 1010.0),
    guards=(Finding("error_rate", "waiting", "Too few."),),
)
COPIED = Rollout(patience=60.0, shadow=Shadow())
COPIES = replace(
    StoredRollout("m", 2, 1, 1000.0), shadow=StoredShadow(900, agreeing=7, began_at=1020.0)
)


def test_a_guard_waits_from_the_end_of_hold_on() -> None:
    assert waiting(STEP, GUARDED) == Waiting("guard error_rate: Too few.", 1015.0, 1075.0)
    content = replace(STEP, guards=(Finding("error_rate", "ok", "Few."),))
    assert waiting(content, GUARDED) is None


def test_copies_are_waited_for_from_the_first_look_on() -> None:
    said = "7 of at most 900 copies are compared"
    assert waiting(COPIES, COPIED) == Waiting(said, 1020.0, 1080.0)
    assert COPIES.shadow
    decided = replace(COPIES, shadow=replace(COPIES.shadow, verdict="promote"))
    assert waiting(decided, COPIED) is None
    assert waiting(StoredRollout("m", 2, 1, 1000.0), COPIED) is None


def test_who_resumes_gives_it_as_much_time_again() -> None:
    again = waiting(replace(STEP, resumed_at=2000.0), GUARDED)
    assert again == Waiting("guard error_rate: Too few.", 2000.0, 2060.0)


def test_nothing_is_waited_for_once_somebody_has_decided() -> None:
    for known in ({"paused": True}, {"forced": True}, {"fault": "it was aborted"}):
        assert waiting(replace(STEP, **known), GUARDED) is None


def test_what_is_waited_for_too_long_is_given_up_with_what_has_come() -> None:
    found = Waiting("guard error_rate: Too few.", 1015.0, 1075.0)
    assert found.given_up(1074.9, 60.0) == ""
    said = "it has waited 1m for requests, `resume` waits on: guard error_rate: Too few."
    assert found.given_up(1075.0, 60.0) == said
