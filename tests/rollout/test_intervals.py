from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from argosy.rollout.binomial import at_most
from argosy.rollout.intervals import upper_bound, wilson


@pytest.mark.parametrize(("events", "bound"), [(12, 0.0386), (4, 0.0182), (0, 0.00597)])
def test_the_upper_bound_of_a_share_is_clopper_and_pearsons(events: int, bound: float) -> None:
    assert upper_bound(events, 500) == pytest.approx(bound, abs=5e-5)


@given(some.integers(1, 2000), some.data(), some.sampled_from([0.9, 0.95, 0.99]))
def test_so_few_events_are_rare_at_the_upper_bound(
    trials: int, data: some.DataObject, confidence: float
) -> None:
    events = data.draw(some.integers(0, trials - 1))
    bound = upper_bound(events, trials, confidence)
    assert events / trials < bound <= 1
    assert at_most(events, trials, bound) == pytest.approx(1 - confidence, rel=1e-6)


def test_wilsons_interval_is_the_textbooks() -> None:
    assert wilson(8, 10) == pytest.approx((0.4902, 0.9433), abs=1e-4)
    assert wilson(0, 10) == pytest.approx((0.0, 0.2775), abs=1e-4)


@given(some.integers(1, 10**6), some.floats(0, 1))
def test_wilsons_interval_holds_the_share_and_stays_between_0_and_1(
    trials: int, share: float
) -> None:
    low, high = wilson(share * trials, trials)
    assert 0 <= low <= share + 1e-12
    assert share - 1e-12 <= high <= 1


def test_of_nothing_nothing_is_known() -> None:
    assert wilson(0, 0) == (0.0, 1.0)
    assert upper_bound(0, 0) == 1.0
