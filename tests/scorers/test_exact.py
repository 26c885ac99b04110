from __future__ import annotations

import pytest

from tests.scorers.scoring import value, wrong_expected


@pytest.mark.parametrize(
    "answer", ["a", "", None, 4, 4.5, True, [], [1, [2]], {"a": {"b": [1]}}, {}]
)
def test_what_is_the_same_is_right(answer: object) -> None:
    assert value("exact", answer, answer) == 1


def test_numbers_are_the_same_as_in_json() -> None:
    assert value("exact", [4], [4.0]) == 1


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("a", "A"),
        ("a ", "a"),
        ("4", 4),
        (True, 1),
        ([1], [True]),
        (0, False),
        (None, ""),
        (None, False),
        ([], {}),
        ([1, 2], [1]),
        ({"a": 1}, {"a": 1, "b": 2}),
        ("a", ["a"]),
        ("e\u0301", "\u00e9"),
    ],
)
def test_nothing_is_forgiven(answer: object, expected: object) -> None:
    assert value("exact", answer, expected) == 0
    assert value("exact", expected, answer) == 0


def test_one_of_several_is_right_where_that_is_asked_for() -> None:
    assert value({"exact": {"any": True}}, [1], [[1], [2]]) == 1
    assert value({"exact": {"any": True}}, 3, [[1], [2]]) == 0
    assert wrong_expected({"exact": {"any": True}}, "a")
    assert wrong_expected({"exact": {"any": True}}, [])
