from __future__ import annotations

import math
from dataclasses import replace
from typing import get_args

import pytest

from argosy.rollout.guards import AtMost, Guard, GuardName, Plus, Times, Window, judge
from argosy.rollout.histogram import Histogram


def latency(fast: int, slow: int, beyond: int = 0) -> Histogram:
    """So many requests of up to 100 ms, of one to two seconds, and of more than ten."""
    return Histogram(
        (
            (0.1, fast),
            (1.0, fast),
            (2.0, fast + slow),
            (10.0, fast + slow),
            (math.inf, fast + slow + beyond),
        )
    )


OLD = Window(
    requests=2000,
    errors=2,
    latency=latency(1980, 20),
    ttft=latency(1980, 20),
    restarts=0,
    memory=400 << 20,
)
NEW = Window(
    requests=500,
    errors=0,
    latency=latency(495, 5),
    ttft=latency(495, 5),
    restarts=0,
    memory=400 << 20,
)
ERRORS = Guard("error_rate", Plus(0.005))
P95 = Guard("latency_p95", Times(1.5))


def test_a_revision_like_the_old_one_passes_every_guard() -> None:
    for name in get_args(GuardName):
        found = judge(Guard(name, Times(1.5)), OLD, NEW)
        assert found.state == "ok", found
        assert found.guard == name


@pytest.mark.parametrize("limit", [Times(1.5), Plus(0.01), AtMost(0.5)])
def test_nothing_known_never_passes(limit: Times | Plus | AtMost) -> None:
    for name in get_args(GuardName):
        found = judge(Guard(name, limit), OLD, Window())
        assert found.state == "waiting"
        assert "yet" in found.sentence


def test_the_old_revision_has_to_be_known_only_where_it_is_compared() -> None:
    for name in get_args(GuardName):
        assert judge(Guard(name, Times(1.5)), Window(), NEW).state == "waiting"
        assert judge(Guard(name, AtMost(1e9)), Window(), NEW).state == "ok"


def test_one_error_in_five_requests_does_not_trip() -> None:
    found = judge(ERRORS, OLD, Window(requests=5, errors=1))
    assert found.state == "waiting"
    assert found.sentence == "Not enough requests yet: the new revision has had 5 of 50."


def test_requests_that_all_fail_trip_at_once() -> None:
    found = judge(ERRORS, OLD, Window(requests=5, errors=5))
    assert found.state == "tripped"
    assert found.sentence == (
        "Error rate 100 % (5 of 5), at most 0.814 % is allowed:"
        " the old revision's 0.314 % and 0.5 % more."
    )


def test_a_rate_that_is_above_but_may_be_chance_waits_until_it_is_not() -> None:
    waits = judge(ERRORS, OLD, Window(requests=100, errors=2))
    assert waits.state == "waiting"
    assert waits.sentence.endswith("It is above, but may be so by chance.")
    assert judge(ERRORS, OLD, Window(requests=500, errors=10)).state == "tripped"


def test_where_the_old_revision_had_no_error_one_error_does_not_trip() -> None:
    clean = replace(OLD, errors=0)
    for requests in (50, 500):
        found = judge(Guard("error_rate", Times(1)), clean, Window(requests=requests, errors=1))
        assert found.state != "tripped"


def test_a_slower_revision_trips() -> None:
    slow = replace(NEW, latency=latency(400, 100))
    found = judge(P95, OLD, slow)
    assert found.state == "tripped"
    assert found.sentence == (
        "p95 of latency is 1.75 s, at most 144 ms is allowed: 1.5 times the old revision's 96 ms."
    )
    assert judge(Guard("ttft_p95", Times(1.5)), OLD, slow).state == "ok"


def test_a_quantile_that_is_above_by_a_few_requests_waits() -> None:
    found = judge(P95, OLD, replace(NEW, latency=latency(94, 6)))
    assert found.state == "waiting"
    assert found.sentence.endswith("It is above, but may be so by chance.")


def test_a_high_quantile_needs_more_requests() -> None:
    few = replace(NEW, latency=latency(60, 0))
    assert judge(P95, OLD, few).state == "ok"
    found = judge(Guard("latency_p99", Times(1.5)), OLD, few)
    assert found.sentence == "Not enough requests yet: the new revision has had 60 of 100."


def test_beyond_the_largest_bucket_is_above_every_limit() -> None:
    found = judge(Guard("latency_p95", AtMost(60.0)), OLD, replace(NEW, latency=latency(50, 0, 50)))
    assert found.state == "tripped"
    assert found.sentence.startswith("p95 of latency is more than 10 s, at most 60 s is allowed")


def test_two_revisions_beyond_the_largest_bucket_cannot_be_compared() -> None:
    long = latency(0, 0, 200)
    found = judge(P95, replace(OLD, latency=long), replace(NEW, latency=long))
    assert found.state == "waiting"
    assert found.sentence.endswith("too long to be compared.")


def test_a_restart_trips_where_none_is_allowed() -> None:
    found = judge(Guard("restarts", AtMost(0)), OLD, replace(NEW, restarts=1))
    assert found.state == "tripped"
    assert found.sentence == "Restarts: 1, at most 0 allowed: the limit."


def test_memory_may_grow_by_its_limit_and_no_more() -> None:
    guard = Guard("memory", Plus(64 << 20))
    assert judge(guard, OLD, replace(NEW, memory=464 << 20)).state == "ok"
    found = judge(guard, OLD, replace(NEW, memory=465 << 20))
    assert found.state == "tripped"
    assert found.sentence == (
        "Memory: 465 MiB, at most 464 MiB allowed: the old revision's 400 MiB and 64 MiB more."
    )
