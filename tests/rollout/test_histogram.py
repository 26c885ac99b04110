from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as some

from argosy.rollout.histogram import Histogram

TEN_EACH = Histogram(((0.1, 10), (0.2, 20), (0.5, 30), (math.inf, 40)))


@pytest.mark.parametrize(
    ("share", "seconds"), [(0.25, 0.1), (0.125, 0.05), (0.375, 0.15), (0.625, 0.35), (0.75, 0.5)]
)
def test_a_quantile_is_interpolated_in_its_bucket(share: float, seconds: float) -> None:
    assert TEN_EACH.quantile(share) == pytest.approx(seconds)


def test_beyond_the_largest_bound_nothing_is_pretended() -> None:
    assert TEN_EACH.quantile(0.76) == math.inf
    assert TEN_EACH.largest == 0.5


def test_an_empty_histogram_has_nothing() -> None:
    for empty in (Histogram(), Histogram(((1.0, 0), (math.inf, 0)))):
        assert (empty.count, empty.quantile(0.95), empty.above(0.1)) == (0, 0.0, 0.0)


@pytest.mark.parametrize(
    ("seconds", "requests"), [(0, 40), (0.05, 35), (0.1, 30), (0.35, 15), (0.5, 10), (9, 10)]
)
def test_what_took_longer_is_interpolated_too(seconds: float, requests: float) -> None:
    assert TEN_EACH.above(seconds) == pytest.approx(requests)


def test_nothing_takes_longer_than_forever() -> None:
    assert TEN_EACH.above(math.inf) == 0


def test_a_window_is_the_difference_of_two_readings() -> None:
    later = Histogram(((0.1, 15), (0.2, 25), (0.5, 40), (math.inf, 52)))
    assert later.since(TEN_EACH) == Histogram(((0.1, 5), (0.2, 5), (0.5, 10), (math.inf, 12)))


def test_counters_that_began_again_are_taken_whole() -> None:
    restarted = Histogram(((0.1, 1), (0.2, 2), (0.5, 3), (math.inf, 4)))
    assert restarted.since(TEN_EACH) == restarted


@given(some.lists(some.integers(0, 50), min_size=4, max_size=4), some.floats(0.01, 0.99))
def test_a_share_of_the_requests_is_not_above_its_quantile(inside: list[int], share: float) -> None:
    counts = [sum(inside[: end + 1]) for end in range(4)]
    found = Histogram(tuple(zip((0.1, 0.2, 0.5, math.inf), counts, strict=True)))
    assert found.above(found.quantile(share)) <= (1 - share) * found.count + 1e-6


def test_two_windows_make_one() -> None:
    assert TEN_EACH.plus(TEN_EACH).quantile(0.25) == pytest.approx(0.1)
    assert TEN_EACH.plus(TEN_EACH).count == 80
    assert Histogram().plus(TEN_EACH) == TEN_EACH.plus(Histogram()) == TEN_EACH
