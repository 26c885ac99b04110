from __future__ import annotations

import pytest

from argosy.rollout.mcnemar import p_value


def test_the_worked_example_looks_fine_which_shows_nothing() -> None:
    assert p_value(9, 12) == pytest.approx(0.6636, abs=5e-5)


def test_it_is_exact() -> None:
    assert p_value(0, 5) == pytest.approx(2 / 32)
    assert p_value(1, 4) == pytest.approx(12 / 32)


def test_it_is_two_sided() -> None:
    assert p_value(3, 11) == p_value(11, 3)


def test_where_nothing_differs_or_both_sides_are_equal_it_is_1() -> None:
    assert p_value(0, 0) == 1.0
    assert p_value(7, 7) == 1.0


def test_a_hundred_thousand_lost_items_are_no_trouble() -> None:
    assert p_value(0, 100_000) == 0.0
