from __future__ import annotations

from dataclasses import asdict

import pytest

from argosy.rollout.comparison import Comparison, Pair, compare
from argosy.rollout.evidence import e_values
from tests.rollout.pairs import pairs


def test_the_worked_example() -> None:
    right = [Pair(f"r{number}", 1, 1) for number in range(430)]
    wrong = [Pair(f"w{number}", 0, 0) for number in range(49)]
    gained = [Pair(f"g{number}", 0, 1) for number in range(9)]
    lost = [Pair(f"l{number}", 1, 0) for number in range(12)]
    found = compare([*right, *wrong, *gained, *lost], 0.02, 0.95)
    assert (found.ties, found.gained, found.lost, found.items) == (479, 9, 12, 500)
    assert found.before.value == pytest.approx(0.884)
    assert found.after.value == pytest.approx(0.878)
    assert found.difference.value == pytest.approx(-0.006)
    assert (found.difference.low, found.difference.high) == pytest.approx(
        (-0.0372, 0.0238), abs=5e-5
    )
    assert (found.e, found.f) == pytest.approx((1.2725, 0.0941), abs=5e-5)
    assert (found.z, found.p) == pytest.approx((1.4403, 0.0749), abs=5e-5)
    assert found.mcnemar_p == pytest.approx(0.6636, abs=5e-5)


def test_of_no_pairs_nothing_is_known() -> None:
    found = compare([], 0.02, 0.95)
    assert (found.items, found.e, found.f, found.z, found.p) == (0, 1.0, 1.0, 0.0, 0.5)
    assert (found.after.low, found.after.high) == (0.0, 1.0)
    assert (found.difference.low, found.difference.high) == pytest.approx((-1, 1), abs=1e-5)


def test_graded_scores_have_evidence_but_no_test_on_counts() -> None:
    found = compare([Pair("a", 0.4, 0.9), Pair("b", 0.75, 0.5), Pair("c", 0.3, 0.3)], 0.1, 0.95)
    assert (found.ties, found.gained, found.lost) == (1, 1, 1)
    assert found.after.value == pytest.approx(1.7 / 3)
    assert found.z is None
    assert found.p is None
    assert found.e > 1


def test_a_half_score_grows_the_evidence_less_than_a_whole_one() -> None:
    half = compare([Pair("a", 0.0, 0.5)], 0.1, 0.95)
    assert e_values(1, 0, 0, 0.1)[0] < half.e < e_values(0, 1, 0, 0.1)[0]


def test_heavier_items_count_more() -> None:
    found = compare([Pair("a", 1, 0, weight=0.5), Pair("b", 0, 1)], 0.1, 0.95)
    assert found.difference.value == pytest.approx(1 / 3)
    assert found.before.value == pytest.approx(1 / 3)
    assert found.after.value == pytest.approx(2 / 3)
    assert found.z is None


def test_unequal_weights_widen_the_interval() -> None:
    even = compare([Pair(str(number), 1, 1) for number in range(20)], 0.1, 0.95)
    uneven = compare(
        [Pair(str(number), 1, 1, weight=1 if number else 0.05) for number in range(20)], 0.1, 0.95
    )
    assert uneven.after.low < even.after.low


def test_a_comparison_comes_back_from_its_data() -> None:
    found = compare(pairs(90, 3, 4), 0.02, 0.95)
    assert Comparison.from_data(asdict(found)) == found
