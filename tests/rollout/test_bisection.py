from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from argosy.rollout.bisection import last_true


@given(some.floats(-1, 1))
def test_the_value_is_found_from_below(edge: float) -> None:
    found = last_true(lambda value: value < edge, -1.0, 1.0)
    assert found <= edge
    assert found == pytest.approx(edge, abs=1e-14)


def test_what_never_holds_is_answered_by_the_lower_bound() -> None:
    assert last_true(lambda _: False, -1.0, 1.0) == -1.0


def test_what_always_holds_comes_up_to_the_upper_bound() -> None:
    assert last_true(lambda _: True, 0.0, 1.0) == pytest.approx(1.0)
