from __future__ import annotations

from dataclasses import replace

from argosy.plan.state import FirstAnswers, Observed, ObservedModel, ObservedRevision, Target
from argosy.supervisor.status import ModelStatus, model_statuses
from tests.plan.worlds import desired, replica, revision


def status(model: ObservedModel, target: int = 1, replicas: int = 1) -> ModelStatus:
    (one,) = model_statuses(
        desired(Target(revision(target), replicas)), Observed({"sentiment": model}), {}
    )
    return one


def prepared(*replicas: object, number: int = 1) -> ObservedRevision:
    return ObservedRevision(revision(number), "prepared", replicas=replicas)  # type: ignore[arg-type]


def test_a_model_is_ready_when_all_its_replicas_are() -> None:
    both = (replica(1, 1), replica(1, 2))
    assert status(ObservedModel(1, {1: prepared(*both)}), replicas=2).state == "ready"
    assert status(ObservedModel(1, {1: prepared(both[0])}), replicas=2).state == "starting"


def test_a_model_whose_environment_is_made_is_building() -> None:
    building = ObservedRevision(revision(1), "preparing")
    assert status(ObservedModel(None, {1: building})).state == "building"


def test_a_model_that_cannot_start_has_failed_with_its_reason() -> None:
    broken = replica(1, 1, "waiting", failures=1, reason="ImportError: no torch")
    one = status(ObservedModel(None, {1: prepared(broken)}))
    assert (one.state, one.reason) == ("failed", "ImportError: no torch")


def test_a_failed_next_revision_is_told_beside_what_serves() -> None:
    failed = replace(prepared(number=2), state="failed", reason="bad weights")
    one = status(ObservedModel(1, {1: prepared(replica(1, 1)), 2: failed}), target=2)
    assert (one.state, one.serving, one.ready, one.reason) == ("failed", 1, 1, "bad weights")


def test_a_serving_model_that_lost_a_replica_is_degraded() -> None:
    lost = replica(1, 2, "waiting", restarts=1, reason="SIGKILL")
    one = status(ObservedModel(1, {1: prepared(replica(1, 1), lost)}), replicas=2)
    assert (one.state, one.ready) == ("degraded", 1)


def test_what_drains_is_still_under_way() -> None:
    old = replica(1, 1, "draining")
    one = status(ObservedModel(2, {1: prepared(old), 2: prepared(replica(2, 1), number=2)}), 2)
    assert one.state == "ready"
    assert one.is_under_way


def test_a_first_revision_that_is_asked_is_still_under_way_although_it_serves() -> None:
    asked = replace(prepared(replica(1, 1)), first=FirstAnswers("asking"))
    assert status(ObservedModel(1, {1: asked})).is_under_way
    told = replace(asked, first=FirstAnswers("accepted", "accuracy 0.9"))
    one = status(ObservedModel(1, {1: told}))
    assert (one.state, one.is_under_way, one.first) == ("ready", False, told.first)


def test_a_model_scaled_to_nothing_is_stopped() -> None:
    assert status(ObservedModel(1, {1: prepared()}), replicas=0).state == "stopped"


def test_a_model_that_serves_although_it_fails_its_probe_is_degraded() -> None:
    failing = replica(1, 1, fault="3 of 20 right", reason="3 of 20 right")
    one = status(ObservedModel(1, {1: prepared(failing)}))
    assert (one.state, one.ready, one.reason) == ("degraded", 1, "3 of 20 right")


def test_after_a_dip_that_failed_it_is_under_way_until_the_old_one_answers() -> None:
    failed = replace(prepared(number=2), state="failed", reason="worse")
    starting = prepared(replica(1, 1, "loading"))
    one = status(ObservedModel(1, {1: starting, 2: failed}), target=2)
    assert (one.state, one.is_under_way) == ("failed", True)
    back = status(ObservedModel(1, {1: prepared(replica(1, 1)), 2: failed}), target=2)
    assert not back.is_under_way
    broken = prepared(replica(1, 1, "waiting", failures=1, reason="no GPU"))
    assert not status(ObservedModel(1, {1: broken, 2: failed}), target=2).is_under_way
