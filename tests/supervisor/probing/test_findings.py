from __future__ import annotations

from argosy.platforms.platform import Replica
from argosy.rollout.scoring import Scored
from argosy.supervisor.probing.findings import (
    FIRST_BACK_OFF,
    LONGEST_BACK_OFF,
    Finding,
    fault,
    seen,
)
from tests.plan.worlds import replica

NAMES = ("sentiment.r1.1", "sentiment.r1.2")
FAULT = "3 of 20 right"


def scored(*scores: float) -> list[Scored]:
    return [Scored(str(at), one, None, None, (), 1, 0.1) for at, one in enumerate(scores)]


def failed(run: float = 0.0, **more: float) -> Finding:
    return Finding(run, 0.15, 100, FAULT, **{"failures": 1, "replace_at": 100, **more})  # type: ignore[arg-type]


def routed(replicas: list[Replica]) -> list[int]:
    return [one.index for one in replicas if one.state == "ready"]


def replaced(replicas: list[Replica]) -> list[int]:
    return [one.index for one in replicas if one.is_to_be_replaced]


def test_too_low_an_accuracy_is_a_fault_with_numbers() -> None:
    found = fault(scored(1, 1, 1, *[0] * 17), 20, 0.9, {})
    assert found == "it failed its accuracy probe: 3 of 20 right, 0.9 wanted"
    assert fault(scored(0.5, 0.25), 2, 0.9, {}) == (
        "it failed its accuracy probe: 0.38 in the mean of 2, 0.9 wanted"
    )
    assert fault(scored(*[1] * 18, 0, 0), 20, 0.9, {}) == ""


def test_too_few_answers_are_no_fault() -> None:
    assert fault(scored(0, 0), 5, 0.9, {}) == ""
    assert fault([], 1, 0.9, {}) == ""


def test_without_a_wanted_accuracy_the_first_answers_are_compared_beyond_chance() -> None:
    first = dict.fromkeys("0123456789", 1.0)
    assert fault(scored(*[0] * 6, 1, 1, 1, 1), 10, None, first) == ""
    assert fault(scored(*[0] * 7, 1, 1, 1), 10, None, first) == (
        "it failed its accuracy probe: 3 of 10 right, "
        "7 worse than when the revision was first asked"
    )
    assert fault(scored(*[0] * 10), 10, None, dict.fromkeys(first, 0.0)) == ""
    assert fault(scored(*[0] * 10), 10, None, {}) == ""


def test_who_fails_again_after_a_fresh_start_waits_ever_longer_for_the_next() -> None:
    now = Finding(1, 0, 100, FAULT).follows(None)
    assert (now.failures, now.replace_at) == (1, 100)
    assert Finding(1, 0, 160, FAULT).follows(now).replace_at == 100
    again = Finding(2, 0, 200, FAULT).follows(now)
    assert (again.failures, again.replace_at) == (2, 200 + FIRST_BACK_OFF)
    third = Finding(3, 0, 300, FAULT).follows(again)
    assert third.replace_at == 300 + 2 * FIRST_BACK_OFF
    assert Finding(4, 0, 0, FAULT).follows(failed(failures=40)).replace_at == LONGEST_BACK_OFF
    assert Finding(3, 1, 300).follows(again) == Finding(3, 1, 300)


def test_a_sound_replica_shows_its_accuracy() -> None:
    (one,) = seen([replica(1, 1)], {NAMES[0]: Finding(0, 0.95, 100)}, 200)
    assert (one.state, one.accuracy, one.probed_at, one.fault) == ("ready", 0.95, 100, "")


def test_a_failed_replica_is_taken_out_and_is_to_be_replaced() -> None:
    found = seen([replica(1, 1), replica(1, 2)], {NAMES[1]: failed()}, 200)
    assert (routed(found), replaced(found)) == ([1], [2])
    assert found[1].reason == FAULT


def test_a_failed_replica_is_out_while_its_worker_is_replaced_too() -> None:
    for run in (0.0, 5.0):
        one = replica(1, 1, "queueing", started_at=run)
        found, _ = seen([one, replica(1, 2)], {NAMES[0]: failed()}, 200)
        assert found.state == "unready"


def test_a_fresh_start_is_asked_before_it_serves() -> None:
    before = {NAMES[1]: failed()}
    found = seen([replica(1, 1), replica(1, 2, started_at=5.0)], before, 200)
    assert (routed(found), replaced(found)) == ([1], [])
    passed = {NAMES[1]: Finding(5, 1, 300)}
    assert routed(seen([replica(1, 1), replica(1, 2, started_at=5.0)], passed, 300)) == [1, 2]


def test_of_many_that_fail_one_at_a_time_is_replaced_and_the_others_serve_on() -> None:
    both = {NAMES[0]: failed(), NAMES[1]: failed(replace_at=101)}
    found = seen([replica(1, 1), replica(1, 2)], both, 200)
    assert (routed(found), replaced(found)) == ([2], [1])
    found = seen([replica(1, 1, "loading", started_at=5.0), replica(1, 2)], both, 200)
    assert (routed(found), replaced(found)) == ([2], [])


def test_one_that_does_not_start_again_keeps_no_other_from_being_replaced() -> None:
    both = {NAMES[0]: failed(), NAMES[1]: failed(replace_at=101)}
    stuck = replica(1, 1, "waiting", started_at=5.0, failures=2)
    assert replaced(seen([stuck, replica(1, 2)], both, 200)) == [2]


def test_where_a_fresh_start_has_not_helped_it_serves_rather_than_nobody() -> None:
    again = {NAMES[0]: failed(5.0, failures=2, replace_at=210)}
    (one,) = seen([replica(1, 1, started_at=5.0)], again, 200)
    assert (one.state, one.fault, one.is_to_be_replaced) == ("ready", FAULT, False)
    (one,) = seen([replica(1, 1, started_at=5.0)], again, 210)
    assert (one.state, one.is_to_be_replaced) == ("unready", True)
