from __future__ import annotations

import math
from dataclasses import replace

from argosy.platforms.platform import Replica
from argosy.rollout.histogram import Histogram
from argosy.supervisor.rollouts.windows import Counted, Served, Tally, memory, restarts, served

TEXT = """\
envoy_argosy_requests{of="m.r2",code="200"} 90
envoy_argosy_requests{of="m.r2",code="503"} 10
envoy_argosy_requests{of="m.r1",code="200"} 5
envoy_argosy_request_time_bucket{of="m.r2",le="1000"} 40
envoy_argosy_request_time_bucket{of="m.r2",le="+Inf"} 100
envoy_argosy_request_time_count{of="m.r2"} 100
envoy_argosy_first_token_time_bucket{of="m.r2",le="1000"} 1
envoy_argosy_first_token_time_bucket{of="m.r2",le="+Inf"} 2
"""


def histogram(short: float, every: float) -> Histogram:
    return Histogram(((0.001, short), (math.inf, every)))


def counted(codes: dict[str, float], *, gateway: int = 1, **restarts: float) -> Counted:
    count = sum(codes.values())
    return Counted(gateway, Served(codes, histogram(0, count)), restarts, None)


def test_what_envoy_tells_is_known_by_revision() -> None:
    found = served(TEXT)
    assert found["m", "r2"] == Served({"200": 90, "503": 10}, histogram(40, 100), histogram(1, 2))
    assert found["m", "r1"] == Served({"200": 5})


def test_only_what_came_since_the_first_look_counts() -> None:
    tally = Tally().look(counted({"200": 100})).look(counted({"200": 150, "500": 2}))
    window = tally.window()
    assert (window.requests, window.errors, window.latency.count) == (52, 2, 52)


def test_errors_are_what_the_revision_is_to_blame_for() -> None:
    codes: dict[str, float] = {"200": 10, "422": 5, "499": 3, "500": 2, "503": 1}
    window = Tally().look(counted({})).look(counted(codes)).window()
    assert (window.requests, window.errors) == (18, 3)


def test_counts_go_on_over_an_envoy_that_is_replaced() -> None:
    """Even where the next one has already counted more than the one before."""
    tally = Tally().look(counted({"200": 10})).look(counted({"200": 30}))
    window = tally.look(counted({"200": 40}, gateway=2)).window()
    assert (window.requests, window.latency.count) == (60, 60)


def test_a_counter_that_is_less_than_before_has_begun_again() -> None:
    tally = Tally().look(counted({"200": 10})).look(counted({"200": 30}))
    window = tally.look(counted({"200": 5})).window()
    assert (window.requests, window.latency.count) == (25, 25)


def test_restarts_are_counted_by_who_was_started_again() -> None:
    tally = Tally().look(counted({}, a=3, b=1)).look(counted({}, a=4))
    assert tally.window().restarts == 1
    assert tally.look(counted({}, a=4, b=2)).window().restarts == 2
    assert Tally().look(counted({})).window().restarts is None


def test_the_most_memory_of_the_step_counts() -> None:
    one = counted({})
    tally = Tally().look(replace(one, memory=5.0)).look(replace(one, memory=9.0)).look(one)
    assert tally.window().memory == 9


def test_workers_that_were_replaced_are_restarts_too() -> None:
    first = Replica("m", 2, 1, "ready", restarts=1, memory=7)
    silent = Replica("m", 2, 2, "loading", restarts=4)
    text = (
        'argosy_worker_restarts_total{model="m",reason="died"} 2.0\n'
        'argosy_worker_restarts_total{model="m",reason="hung"} 1.0\n'
    )
    assert restarts([(first, text), (silent, None)]) == {
        "m.r2.1": 1,
        "workers of m.r2.1": 3,
        "m.r2.2": 4,
    }
    assert memory([first, silent]) == 7
    assert memory([silent]) is None
