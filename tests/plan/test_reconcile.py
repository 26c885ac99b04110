"""Deciding, told by the text of plans."""

from __future__ import annotations

from dataclasses import replace

from argosy.gateway.routing import Route, Routing, Share
from argosy.keys.key import Key
from argosy.plan.reconcile import foresee, reconcile, route
from argosy.plan.state import Observed, ObservedModel, ObservedRevision, ObservedRollout, Target
from argosy.plan.steps import Publish
from argosy.platforms.platform import Replica
from argosy.stack.model import Batch, Gateway, Model, Rollout, Shadow
from tests.plan.worlds import LISTEN, desired, observed, replica, revision


def text(plan: object) -> str:
    return "\n".join(" ".join(line.split()) for line in str(plan).splitlines())


def test_a_new_stack_is_prepared_started_and_routed() -> None:
    plan = foresee(desired(Target(revision(), 2, "new")), Observed())
    assert text(plan) == (
        "sentiment prepare r1 (Python 3.11.7) new\n"
        "gateway start on 127.0.0.1:8080 the stack has one address\n"
        "sentiment start r1 ×2 new\n"
        "sentiment route to r1 its replicas are ready"
    )


def test_what_is_as_it_should_be_needs_no_step() -> None:
    now = observed(1, replica(1, 1))
    assert not reconcile(desired(Target(revision(), 1)), now)


def test_a_next_revision_starts_beside_the_old_and_takes_over_when_ready() -> None:
    target = Target(revision(2), 1, "code changed: model.py")
    plan = foresee(desired(target), observed(1, replica(1, 1), states={2: "declared"}))
    assert text(plan) == (
        "sentiment prepare r2 (Python 3.11.7) code changed: model.py\n"
        "sentiment start r2 ×1 code changed: model.py\n"
        "sentiment route 100 % to r2 its replicas are ready\n"
        "sentiment drain and stop r1 ×1 r2 serves"
    )


def test_the_old_revision_serves_until_all_of_the_next_are_ready() -> None:
    now = observed(1, replica(1, 1), replica(1, 2), replica(2, 1), replica(2, 2, "loading"))
    assert not reconcile(desired(Target(revision(2), 2)), now)
    ready = observed(1, replica(1, 1), replica(1, 2), replica(2, 1), replica(2, 2))
    steps = text(reconcile(desired(Target(revision(2), 2)), ready)).splitlines()
    assert steps == [
        "sentiment route 100 % to r2 its replicas are ready",
        "gateway publish replicas who answers has changed",
        "sentiment drain and stop r1 ×2 r2 serves",
    ]


def test_a_first_revision_serves_as_soon_as_one_replica_is_ready() -> None:
    now = observed(None, replica(1, 1), replica(1, 2, "loading"))
    assert "route to r1" in text(reconcile(desired(Target(revision(), 2)), now))


def test_a_next_revision_that_cannot_start_is_given_up_and_the_old_stays() -> None:
    failed = replica(2, 1, "waiting", failures=1, reason="ValueError: bad weights")
    now = observed(1, replica(1, 1), failed)
    assert text(reconcile(desired(Target(revision(2), 1)), now)) == (
        "sentiment give up r2 ValueError: bad weights\nsentiment stop r2 ×1 r2 failed"
    )


def test_a_first_revision_that_cannot_start_is_tried_again() -> None:
    failed = replica(1, 1, "waiting", failures=1, reason="ValueError: bad weights")
    plan = reconcile(desired(Target(revision(), 1)), observed(None, failed, published=False))
    (publish,) = plan.steps
    assert publish.routing.routes[0].unavailable == "r1 cannot start: ValueError: bad weights"  # type: ignore[attr-defined]


def test_after_a_failure_the_serving_revision_is_started_again_when_it_is_gone() -> None:
    now = observed(1, states={1: "prepared", 2: "failed"})
    steps = text(reconcile(desired(Target(revision(2), 1)), now))
    assert "start r1 ×1" in steps


def test_scaling_down_unroutes_before_it_stops() -> None:
    now = observed(1, replica(1, 1), replica(1, 2))
    steps = text(reconcile(desired(Target(revision(), 1)), now)).splitlines()
    assert steps == [
        "gateway publish replicas who answers has changed",
        "sentiment drain and stop r1 ×1 replicas: 1",
    ]


def test_a_model_no_longer_declared_is_unrouted_stopped_and_forgotten() -> None:
    plan = foresee(desired(), observed(1, replica(1, 1)))
    assert text(plan) == (
        "sentiment drain and stop r1 ×1 no longer declared\nsentiment forget no longer declared"
    )


def test_going_down_stops_the_gateway_first_and_drains_nothing() -> None:
    plan = foresee(desired(up=False), observed(1, replica(1, 1)))
    assert text(plan) == (
        "gateway stop the stack goes down\nsentiment stop r1 ×1 the stack goes down"
    )


def test_only_ready_replicas_of_the_serving_revision_are_routed() -> None:
    now = observed(1, replica(1, 1), replica(1, 2, "unready"), replica(2, 1))
    told = route(desired(Target(revision(2), 2)), now)
    capacity = told.routes[0].revisions[0].capacity
    share = Share(1, ("unix:/run/r1.1",), capacity=capacity)
    only = Route("sentiment", (share,), unavailable="", timeout=70, max_body=64 << 20)
    assert capacity
    assert told == Routing(
        "desk", Gateway(LISTEN), (only,), names={"unix:/run/r1.1": "sentiment.r1.1"}
    )


def test_where_none_is_ready_requests_wait_at_one_whose_worker_is_being_replaced() -> None:
    waits, target = replica(1, 1, "queueing"), Target(revision(1), 2)
    (only,) = route(desired(target), observed(1, waits, replica(1, 2, "unready"))).routes
    assert (only.revisions[0].endpoints, only.unavailable) == (("unix:/run/r1.1",), "")
    (only,) = route(desired(target), observed(1, waits, replica(1, 2))).routes
    assert only.revisions[0].endpoints == ("unix:/run/r1.2",)
    (only,) = route(desired(target), observed(1, replica(1, 1, "unready"))).routes
    assert only.unavailable == "r1 is not ready now"


def test_a_replica_is_routed_whatever_its_number_where_those_before_it_have_gone() -> None:
    now = observed(1, replica(1, 1, "draining"), replica(1, 2), replica(1, 3))
    told = route(desired(Target(revision(1), 1)), now)
    assert told.routes[0].revisions[0].endpoints == ("unix:/run/r1.2",)
    assert told.routes[0].unavailable == ""


def _bound(model: Model, *replicas: Replica) -> int | None:
    given = replace(revision(), model=model)
    state = ObservedModel(1, {1: ObservedRevision(given, "prepared", replicas=replicas)})
    now = Observed({model.name: state})
    return route(desired(Target(given, len(replicas))), now).routes[0].revisions[0].capacity


def test_a_model_has_as_many_requests_in_flight_as_its_replicas_take_and_a_tenth_more() -> None:
    """The replicas must be the first to refuse: they know whose turn it is."""
    model = Model("sentiment", queue=200, workers=3, batch=Batch(max_size=50))
    assert _bound(model, replica(1, 1)) == 550
    assert _bound(model, replica(1, 1), replica(1, 2, "waiting")) == 1100
    assert _bound(model) == 550
    assert _bound(Model("sentiment", queue=1000), replica(1, 1)) == 1240


def test_of_an_engine_that_is_a_server_the_queue_is_the_bound() -> None:
    model = Model("sentiment", engine="vllm", queue=50)
    assert _bound(model, replica(1, 1), replica(1, 2)) == 100


def test_the_largest_body_is_that_of_the_revision_that_serves() -> None:
    """Its replicas were told at their start."""
    serving, next_one = replica(1, 1), replace(revision(2), model=Model("sentiment", max_body=9))
    told = route(desired(Target(next_one, 1)), observed(1, serving))
    assert told.routes[0].max_body == 64 << 20


def test_a_route_tells_when_its_revision_was_declared() -> None:
    declared = ObservedRevision(revision(), declared_at=1_700_000_000.9)
    now = Observed({"sentiment": ObservedModel(1, {1: declared})})
    (route_to,) = route(desired(Target(revision(), 1)), now).routes
    assert route_to.created == 1_700_000_000


def test_grpc_is_routed_to_the_replicas_that_speak_it() -> None:
    now = observed(1, replica(1, 1, grpc_address="unix:/run/g1.1"), replica(1, 2))
    (route_to,) = route(desired(Target(revision(), 2)), now).routes
    assert route_to.endpoints == ("unix:/run/r1.1", "unix:/run/r1.2")
    assert route_to.revisions[0].grpc_endpoints == ("unix:/run/g1.1",)


def test_a_draining_replica_is_not_counted() -> None:
    now = observed(1, replica(1, 1, "draining"), published=False)
    assert "start r1 ×1" in text(reconcile(desired(Target(revision(), 1)), now))


def test_keys_that_change_are_told_to_the_gateway_and_nothing_else_is_done() -> None:
    now = observed(1, replica(1, 1))
    keys = (Key("k-1", "ci", revoked_at=1.0),)

    plan = reconcile(replace(desired(Target(revision(), 1)), keys=keys), now)

    assert text(plan) == "gateway publish replicas what callers may do has changed"
    (step,) = plan.steps
    assert step.routing.keys == keys  # type: ignore[attr-defined]


def _shadowed(rollout: ObservedRollout | None = None) -> tuple[Target, Observed]:
    settings = Rollout(steps=(50, 100), shadow=Shadow(fraction=0.25, keep_bodies=True))
    target = Target(revision(2), 1, declared=Model("sentiment", rollout=settings))
    now = observed(1, replica(1, 1), replica(2, 1))
    model = replace(now.models["sentiment"], rollout=rollout)
    return target, replace(now, models={"sentiment": model})


def test_copies_of_requests_are_compared_before_the_first_step() -> None:
    target, now = _shadowed()
    assert text(foresee(desired(target), now)) == (
        "sentiment copy 25 % to r2 answers may differ for less than 2 %\n"
        "sentiment route 50 % to r2 its replicas are ready\n"
        "sentiment route 100 % to r2 its replicas are ready\n"
        "sentiment drain and stop r1 ×1 r2 serves"
    )


def test_the_next_revision_gets_copies_and_no_request_of_its_own() -> None:
    target, now = _shadowed()
    _, publish = reconcile(desired(target), now).steps
    assert isinstance(publish, Publish)
    before, after = publish.routing.routes[0].revisions
    assert (before.number, before.weight, before.mirrored) == (1, 100, 0.0)
    assert (after.number, after.weight, after.mirrored) == (2, 0, 0.25)
    assert after.keeps_requests


def test_while_answers_are_compared_nothing_else_happens() -> None:
    comparing = ObservedRollout(2, agreement="comparing", mirrored=0.25)
    target, now = _shadowed(comparing)
    now = replace(now, published=route(desired(target), now))
    assert not reconcile(desired(target), now)
    for rollout in (
        replace(comparing, agreement="inconclusive", mirrored=0, paused=True),
        replace(comparing, agreement="inconclusive", mirrored=0),
    ):
        target, now = _shadowed(rollout)
        now = replace(now, published=route(desired(target), now))
        assert not reconcile(desired(target), now)
        assert len(now.published.routes[0].revisions) == 1  # type: ignore[union-attr]


def test_agreement_leads_to_the_first_step_and_promotion_by_hand_asks_for_none() -> None:
    target, now = _shadowed(ObservedRollout(2, agreement="promote", reason="alike"))
    assert "sentiment route 50 % to r2 alike" in text(reconcile(desired(target), now))
    target, now = _shadowed(ObservedRollout(2, forced=True, reason="promoted by hand"))
    assert "sentiment route 100 % to r2 promoted by hand" in text(reconcile(desired(target), now))


def test_a_replica_with_a_fault_is_started_anew_once_nothing_is_routed_to_it() -> None:
    before = observed(1, replica(1, 1), replica(1, 2))
    faulty = replica(1, 2, "unready", fault="3 of 20 right", is_to_be_replaced=True)
    now = replace(observed(1, replica(1, 1), faulty), published=before.published)
    plan = reconcile(desired(Target(revision(), 2)), now)
    assert text(plan) == (
        "gateway publish replicas who answers has changed\nsentiment replace r1.2 3 of 20 right"
    )
    assert not foresee(desired(Target(revision(), 2)), plan.steps[-1].effect(before)).steps


def test_a_replica_with_a_fault_is_started_anew_whatever_its_number() -> None:
    faulty = replica(1, 2, "unready", fault="it answers wrongly", is_to_be_replaced=True)
    now = observed(1, replica(1, 1, "draining"), faulty)
    assert "sentiment replace r1.2 it answers wrongly" in text(
        reconcile(desired(Target(revision(1), 1)), now)
    )


def test_what_has_failed_is_tried_again_by_a_change_and_not_by_itself() -> None:
    wanted = desired(Target(revision(2), 1, "tried again"))
    failed = observed(1, replica(1, 1), states={2: "failed"})
    assert not reconcile(wanted, failed)
    assert text(foresee(wanted, failed)).splitlines()[:2] == [
        "sentiment prepare r2 (Python 3.11.7) tried again",
        "sentiment start r2 ×1 tried again",
    ]


def test_a_fault_that_is_not_to_be_mended_now_is_left_alone() -> None:
    faulty = replica(1, 1, fault="3 of 20 right")
    assert not reconcile(desired(Target(revision(), 1)), observed(1, faulty))
    leaving = replica(1, 2, "unready", fault="3 of 20 right", is_to_be_replaced=True)
    plan = reconcile(desired(Target(revision(), 1)), observed(1, replica(1, 1), leaving))
    assert "replace" not in text(plan)


def test_an_adopted_gateway_is_told_what_it_has_before_the_traffic_moves() -> None:
    before, after = replica(1, 1), replica(2, 1)
    wanted = desired(Target(revision(2), 1))
    adopted = reconcile(wanted, observed(1, before, after, published=False))
    assert [str(step).split()[1] for step in adopted.steps] == ["start"]
    moved = text(reconcile(wanted, observed(1, before, after)))
    assert "route 100 % to r2" in moved
