from __future__ import annotations

import pytest

from tests.scorers.scoring import value


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        (" Paris.\n", "paris"),
        ("**Paris**", "Paris"),
        ('"Paris"', "Paris"),
        ("“Paris”", "Paris"),
        ("New\n  York", "new york"),
        ("Ｐａｒｉｓ", "Paris"),
        ("STRASSE", "straße"),
        (4, "4"),
        ("4.", 4),
        (True, "True"),
        (["Paris"], "paris"),
        ("Paris", ["Rome", "paris"]),
        (["Rome", "Paris"], ["rome", "paris"]),
        ({"a": "X"}, {"a": "x"}),
        (None, ""),
        ("?", "?"),
        ("−4", "-4"),
    ],
)
def test_what_means_nothing_is_forgiven(answer: object, expected: object) -> None:
    assert value("normalised", answer, expected) == 1


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("-4", "4"),
        ("4.0", "4"),
        ("4%", "4"),
        ("4²", "42"),
        (".5", "5"),
        ("C++", "C"),
        ("", "?"),
        ("!", "?"),
        ("not Paris", "Paris"),
        ("Pari", "Paris"),
        (["Paris", "Rome"], "Paris"),
        (["Paris", "Rome"], ["Paris", "Rome", "Oslo"]),
        ({"a": 1}, '{"a": 1}'),
        ("", "a"),
    ],
)
def test_what_means_something_is_not(answer: object, expected: object) -> None:
    assert value("normalised", answer, expected) == 0


def test_capital_letters_differ_where_that_is_asked_for() -> None:
    assert value({"normalised": {"case": True}}, "us", "US") == 0
    assert value({"normalised": {"case": True}}, " US.", "US") == 1
