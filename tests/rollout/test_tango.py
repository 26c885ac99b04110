from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from argosy.rollout.tango import interval, lower_bound, p_value, z_value


@pytest.mark.parametrize(
    ("margin", "z", "p"), [(0.02, 1.4403, 0.0749), (0.03, 2.3145, 0.0103), (0.05, 3.7436, 0.0001)]
)
def test_the_worked_example(margin: float, z: float, p: float) -> None:
    found = z_value(500, 9, 12, margin)
    assert found == pytest.approx(z, abs=5e-5)
    assert p_value(found) == pytest.approx(p, abs=5e-5)


def test_the_lower_bound_of_the_worked_example() -> None:
    assert lower_bound(500, 9, 12) == pytest.approx(-0.0222, abs=5e-5)


def test_a_larger_set() -> None:
    assert z_value(1500, 30, 34, 0.02) == pytest.approx(3.0329, abs=5e-5)


def test_the_interval_is_that_of_the_r_package_contingencytables() -> None:
    assert interval(161, 6, 16) == pytest.approx((-0.1240, -0.0054), abs=5e-5)
    assert interval(3, 3, 0) == pytest.approx((-0.1230, 1.0), abs=5e-5)


def test_where_nothing_differs_the_interval_still_has_a_width() -> None:
    low, high = interval(100, 0, 0)
    assert low == pytest.approx(-high)
    assert low == pytest.approx(-0.0370, abs=5e-5)


def test_nothing_is_known_of_no_items() -> None:
    assert z_value(0, 0, 0, 0.02) == 0.0
    assert interval(0, 0, 0) == pytest.approx((-1.0, 1.0))


def test_extremes_are_numbers() -> None:
    assert z_value(100_000, 0, 100_000, 0.02) < -300
    assert z_value(100_000, 100_000, 0, 0.02) > 300
    assert interval(10, 0, 10)[0] == pytest.approx(-1.0)


@given(
    some.integers(0, 300), some.integers(0, 100), some.integers(0, 100), some.floats(0.001, 0.999)
)
def test_an_item_gained_helps_and_an_item_lost_harms(
    ties: int, gained: int, lost: int, margin: float
) -> None:
    items = ties + gained + lost + 1
    as_it_is = z_value(items, gained, lost, margin)
    assert z_value(items, gained + 1, lost, margin) >= as_it_is - 1e-9
    assert z_value(items, gained, lost + 1, margin) <= as_it_is + 1e-9
