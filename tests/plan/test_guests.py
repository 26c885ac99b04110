"""Revisions that run only to be asked, told by the text of plans."""

from __future__ import annotations

from dataclasses import replace

from argosy.plan.reconcile import reconcile, route
from argosy.plan.state import Desired, Target
from tests.plan.test_reconcile import text
from tests.plan.worlds import desired, observed, replica, revision


def hosting(*numbers: int, target: int = 2, replicas: int = 1) -> Desired:
    wanted = desired(Target(revision(target), replicas))
    return replace(wanted, guests={"sentiment": tuple(revision(one) for one in numbers)})


def test_one_replica_of_a_guest_starts_beside_what_serves() -> None:
    plan = reconcile(hosting(1), observed(2, replica(2, 1)))
    assert text(plan) == "sentiment start r1 ×1 it is asked by `argosy probe`"


def test_nothing_is_routed_to_a_guest() -> None:
    now = observed(2, replica(2, 1))
    beside = observed(2, replica(1, 1), replica(2, 1))
    assert route(hosting(1), beside) == route(hosting(), now)


def test_a_guest_stays_while_it_is_asked_and_goes_after() -> None:
    now = replace(
        observed(2, replica(1, 1), replica(2, 1)),
        published=observed(2, replica(2, 1)).published,
    )
    assert not reconcile(hosting(1), now)
    assert text(reconcile(hosting(), now)) == "sentiment drain and stop r1 ×1 r2 serves"


def test_of_a_revision_that_was_replaced_and_is_asked_one_replica_stays() -> None:
    now = replace(
        observed(2, replica(1, 1), replica(1, 2), replica(2, 1)),
        published=observed(2, replica(2, 1)).published,
    )
    assert text(reconcile(hosting(1), now)) == "sentiment drain and stop r1 ×1 one is asked"


def test_one_that_was_given_up_runs_as_a_guest_and_does_not_take_over() -> None:
    given_up = observed(1, replica(1, 1), states={1: "prepared", 2: "failed"})
    assert text(reconcile(hosting(2), given_up)) == (
        "sentiment start r2 ×1 it is asked by `argosy probe`"
    )
    runs = replace(
        observed(1, replica(1, 1), replica(2, 1), states={1: "prepared", 2: "failed"}),
        published=given_up.published,
    )
    assert not reconcile(hosting(2), runs)


def test_what_serves_is_started_again_beside_a_guest_that_was_given_up() -> None:
    now = observed(1, replica(2, 1), states={1: "prepared", 2: "failed"})
    assert "sentiment start r1 ×1 r2 failed" in text(reconcile(hosting(2), now))


def test_a_guest_that_is_to_serve_has_all_its_replicas_and_keeps_them() -> None:
    now = observed(1, replica(1, 1), replica(2, 1))
    assert "sentiment start r2 ×1 replicas: 2" in text(reconcile(hosting(2, replicas=2), now))
    alone = replace(hosting(), targets=hosting(target=2).targets)
    assert "stop r2" not in text(reconcile(alone, now))


def test_with_the_stack_and_with_its_model_the_guest_goes() -> None:
    now = observed(2, replica(1, 1), replica(2, 1))
    down = replace(hosting(1), up=False)
    assert "sentiment stop r1 ×1 the stack goes down" in text(reconcile(down, now))
    gone = replace(hosting(1), targets={})
    assert "sentiment drain and stop r1 ×1 no longer declared" in text(reconcile(gone, now))
