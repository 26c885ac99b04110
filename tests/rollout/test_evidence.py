from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as some

from argosy.rollout.evidence import Evidence, confidence_sequence, e_values, shown

MARGINS = some.floats(0.0001, 0.9999)
COUNTS = some.integers(0, 200)


def counted(ties: int, gained: int, lost: int) -> dict[tuple[float, float], int]:
    return {(0.0, 1.0): ties, (1.0, 1.0): gained, (-1.0, 1.0): lost}


@pytest.mark.parametrize(
    ("margin", "e", "f"), [(0.02, 1.2725, 0.0941), (0.03, 7.7051, 0.0568), (0.05, 1397.67, 0.0264)]
)
def test_the_worked_example(margin: float, e: float, f: float) -> None:
    assert e_values(479, 9, 12, margin) == pytest.approx((e, f), rel=1e-4, abs=5e-5)


def test_more_examples() -> None:
    assert e_values(1436, 30, 34, 0.02)[0] == pytest.approx(35.351, abs=5e-4)
    assert e_values(176, 2, 22, 0.02)[1] == pytest.approx(275.0, abs=0.05)
    assert e_values(285, 6, 9, 0.05)[0] == pytest.approx(18.070, abs=5e-4)


def test_nothing_is_known_of_no_items() -> None:
    assert e_values(0, 0, 0, 0.02) == (1.0, 1.0)
    assert confidence_sequence({}, 0.95) == pytest.approx((-1.0, 1.0), abs=1e-5)


def test_a_hundred_thousand_items_neither_overflow_nor_raise() -> None:
    e, f = e_values(0, 100_000, 0, 0.02)
    assert math.isfinite(e)
    assert e > 1e300
    assert f == 0.0
    e, f = e_values(0, 0, 100_000, 0.02)
    assert e == 0.0
    assert f > 1e300
    evidence = Evidence(0.02)
    for _ in range(100_000):
        evidence.add(0.0)
    assert evidence.e == pytest.approx(e_values(100_000, 0, 0, 0.02)[0], rel=1e-6)


def expected(chances: list[tuple[float, float]], margin: float, *, weight: float = 1.0) -> float:
    """The expectation of E after one item, from (probability, difference) pairs."""
    total = 0.0
    for probability, difference in chances:
        evidence = Evidence(margin)
        evidence.add(difference, weight)
        total += probability * evidence.e
    return total


def at_the_margin(chances: list[tuple[float, float]], margin: float) -> list[tuple[float, float]]:
    """The same differences mixed with -1 until their mean is at most -margin."""
    total = sum(probability for probability, _ in chances)
    mean = sum(probability * difference for probability, difference in chances) / total
    kept = 1.0 if mean <= -margin else (1 - margin) / (1 + mean)
    return [*((kept * chance / total, value) for chance, value in chances), (1 - kept, -1.0)]


DISTRIBUTIONS = some.lists(
    some.tuples(some.floats(0.01, 1), some.floats(-1, 1)), min_size=1, max_size=6
)


@given(DISTRIBUTIONS, MARGINS, some.floats(0.01, 1))
def test_one_item_of_a_worse_revision_never_adds_to_e_on_average(
    chances: list[tuple[float, float]], margin: float, weight: float
) -> None:
    worse = at_the_margin(chances, margin)
    assert expected(worse, margin, weight=weight) <= 1 + 1e-9


@given(some.floats(0, 1), MARGINS)
def test_at_the_margin_itself_e_neither_grows_nor_falls_on_average(
    share: float, margin: float
) -> None:
    gained = share * (1 - margin) / 2
    lost = gained + margin
    chances = [(gained, 1.0), (lost, -1.0), (1 - gained - lost, 0.0)]
    assert expected(chances, margin) == pytest.approx(1.0, rel=1e-9)


@given(DISTRIBUTIONS, MARGINS)
def test_one_item_of_a_fine_revision_never_adds_to_f_on_average(
    chances: list[tuple[float, float]], margin: float
) -> None:
    total = 0.0
    mirrored = at_the_margin(chances, -margin)  # mean at most +margin, so -D is at least -margin
    for probability, difference in mirrored:
        evidence = Evidence(margin)
        evidence.add(-difference)
        total += probability * evidence.f
    assert total <= 1 + 1e-9


@given(COUNTS, COUNTS, COUNTS, MARGINS)
def test_an_item_gained_speaks_for_the_new_revision_and_one_lost_against_it(
    ties: int, gained: int, lost: int, margin: float
) -> None:
    e, f = e_values(ties, gained, lost, margin)
    more = e_values(ties, gained + 1, lost, margin)
    less = e_values(ties, gained, lost + 1, margin)
    assert less[0] <= e <= more[0]
    assert more[1] <= f <= less[1]


@given(COUNTS, COUNTS, COUNTS, MARGINS, MARGINS)
def test_a_wider_margin_is_easier_to_show(
    ties: int, gained: int, lost: int, one: float, other: float
) -> None:
    narrow, wide = sorted((one, other))
    e, f = e_values(ties, gained, lost, narrow)
    easier = e_values(ties, gained, lost, wide)
    assert easier[0] >= e * (1 - 1e-9)
    assert easier[1] <= f * (1 + 1e-9)


@given(some.integers(0, 60), some.integers(0, 60), some.integers(0, 60), MARGINS, some.randoms())
def test_counts_and_items_one_by_one_in_any_order_come_to_the_same(
    ties: int, gained: int, lost: int, margin: float, chance: random.Random
) -> None:
    differences = [0.0] * ties + [1.0] * gained + [-1.0] * lost
    chance.shuffle(differences)
    evidence = Evidence(margin)
    for difference in differences:
        evidence.add(difference)
    assert (evidence.e, evidence.f) == pytest.approx(e_values(ties, gained, lost, margin), rel=1e-9)


@given(COUNTS, COUNTS, COUNTS)
def test_the_interval_holds_the_difference_and_lies_where_e_and_f_do_not_refute_it(
    ties: int, gained: int, lost: int
) -> None:
    items = ties + gained + lost
    low, high = confidence_sequence(counted(ties, gained, lost), 0.95)
    assert -1 <= low <= high <= 1
    if items:
        assert low - 1e-5 <= (gained - lost) / items <= high + 1e-5
    if -0.99 < low < -0.0001:
        assert e_values(ties, gained, lost, -low)[0] == pytest.approx(40, rel=0.05)


def test_the_interval_of_the_worked_example() -> None:
    assert confidence_sequence(counted(479, 9, 12), 0.95) == pytest.approx(
        (-0.0372, 0.0238), abs=5e-5
    )


def test_the_interval_of_graded_and_weighted_items_is_wider_than_that_of_as_many_whole_ones() -> (
    None
):
    whole = confidence_sequence({(0.0, 1.0): 200}, 0.95)
    light = confidence_sequence({(0.0, 0.5): 200}, 0.95)
    assert light[0] < whole[0] < 0 < whole[1] < light[1]


@pytest.mark.parametrize(
    ("value", "text"), [(0.0941029, "0.0941"), (20.0, "20"), (1397.67, "1,398"), (2.3e9, "2.3e+09")]
)
def test_values_are_shown_as_people_read_them(value: float, text: str) -> None:
    assert shown(value) == text
