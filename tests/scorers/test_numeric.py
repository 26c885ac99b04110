from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.scorers.scoring import scored, value, wrong_expected


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (4, 4.0),
        ("4", 4),
        ("4.0", "4"),
        ("The answer is 1,200.50.", 1200.5),
        ("**42**", 42),
        (r"\boxed{42}", 42),
        ("x = -4", -4),
        ("−4", -4),
        ("-$5", -5),
        ("$1,200", 1200),
        ("4%", 0.04),
        ("4 %", "4%"),
        ("1e3", 1000),
        ("4, so 4", 4),
        (0.1 + 0.2, 0.3),
        ([[1, 2.0]], [[1, 2]]),
        ({"a": "3"}, {"a": 3}),
        ([4], 4),
        (10**30, 10**30),
    ],
)
def test_the_same_number_is_right_however_it_is_written(answer: object, expected: object) -> None:
    assert value("numeric", answer, expected) == 1


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (5, 4),
        ("-4", 4),
        ("4%", 4),
        ("4.01", 4),
        ([1], [1, 2]),
        ([1, 2], 1),
        ({"a": 1}, {"b": 1}),
        (10**30, 10**30 + 10**22),
    ],
)
def test_another_number_is_wrong(answer: object, expected: object) -> None:
    assert scored("numeric", answer, expected).value == 0


@pytest.mark.parametrize(
    "answer",
    ["1.200,50", "3-4", "1/4", "v4", "2024-05-01", "12:30", "4²", "½", "", None, True, "a"],
)
def test_what_could_mean_another_number_is_none(answer: object) -> None:
    found = scored("numeric", answer, 4)
    assert found.value == 0
    assert found.reason


def test_of_several_numbers_one_must_be_picked() -> None:
    assert "2 numbers" in scored("numeric", "2 and 3", 3).reason
    assert value({"numeric": {"pick": "last"}}, "2 and 3", 3) == 1
    assert value({"numeric": {"pick": "first"}}, "2 and 3", 3) == 0


@pytest.mark.parametrize(
    ("options", "answer", "near"),
    [
        ({"tolerance": 0.5}, 10.5, True),
        ({"tolerance": 0.5}, 10.51, False),
        ({"relative": 0.1}, 11, True),
        ({"relative": 0.1}, 11.1, False),
        ({"tolerance": 2, "relative": 0.1}, 12, True),
        ({"relative": 0}, 10 + 1e-12, False),
    ],
)
def test_near_enough_is_within_the_larger_of_both(
    options: dict[str, float], answer: float, near: bool
) -> None:
    assert value({"numeric": options}, answer, 10) == near


@pytest.mark.parametrize("expected", ["many", None, True, [1, "x"], "1 or 2", math.inf])
def test_what_is_no_number_cannot_be_expected(expected: object) -> None:
    assert wrong_expected("numeric", expected)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_number_is_itself(number: float) -> None:
    assert value("numeric", number, number) == 1
    assert value("numeric", str(number), number) == 1


@given(st.text())
def test_no_text_is_too_strange(answer: str) -> None:
    assert scored("numeric", answer, 4).value in (0, 1)
