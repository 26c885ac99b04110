from __future__ import annotations

from math import comb

import pytest
from hypothesis import given
from hypothesis import strategies as some

from argosy.rollout.binomial import at_least, at_most


@given(some.integers(0, 60), some.data(), some.floats(0, 1))
def test_tails_are_those_of_the_terms_added_up(
    trials: int, data: some.DataObject, probability: float
) -> None:
    events = data.draw(some.integers(0, trials))
    terms = [
        comb(trials, k) * probability**k * (1 - probability) ** (trials - k)
        for k in range(trials + 1)
    ]
    assert at_most(events, trials, probability) == pytest.approx(
        sum(terms[: events + 1]), abs=1e-12
    )
    assert at_least(events, trials, probability) == pytest.approx(sum(terms[events:]), abs=1e-12)


def test_a_tiny_tail_keeps_its_digits() -> None:
    assert at_least(20, 20, 0.01) == pytest.approx(1e-40)
    assert at_most(0, 1000, 0.5) == pytest.approx(2.0**-1000)


def test_a_million_trials_are_as_exact_as_ten() -> None:
    half = comb(1000, 500) / 2**1000
    assert at_most(500, 1000, 0.5) == pytest.approx((1 + half) / 2)
    assert at_most(500_000, 1_000_000, 0.5) == pytest.approx(0.500399, abs=1e-6)


def test_no_trials_have_no_events() -> None:
    assert at_most(0, 0, 0.3) == 1.0
    assert at_least(0, 0, 0.3) == 1.0
    assert at_least(1, 0, 0.3) == 0.0
