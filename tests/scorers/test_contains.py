from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.scorers.scoring import value, wrong_expected


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("4", "4"),
        ("The answer is 4.", "4"),
        ("It is 4!", "4"),
        ("**4**", "4"),
        ("(4)", "4"),
        ("x=4", "4"),
        ("4, 5", "4"),
        ("5, 4", "4"),
        ("$4", "4"),
        ("...4", "4"),
        ("4°C", "4"),
        ("答案是4。", "4"),
        ("２＋２＝４", "4"),
        ("THE CAPITAL IS PARIS", "Paris"),
        ("Paris's streets", "Paris"),
        ("It’s Paris’s", "paris's"),
        ("l'eau", "eau"),
        ("the capital\nis   Paris", "capital is Paris"),
        ("x = -4", "-4"),
        ("x = −4", "-4"),
        ("it is 4%.", "4%"),
        ("C++ or Rust", "C++"),
        ("written in C.", "C"),
        ("ein Fluß", "fluss"),
        ("cafe\u0301", "café"),
        ("熊猫", "熊猫"),
        ("十四", "十四"),
        ("4 000 €".replace(" ", "\u202f", 1), "4000"),
        ("a\u00adb", "ab"),
        (4, "4"),
        (True, "true"),
        ({"label": "cat"}, "cat"),
        ("no way", "no"),
    ],
)
def test_what_is_there_whole_is_found(answer: object, expected: object) -> None:
    assert value("contains", answer, expected) == 1


@pytest.mark.parametrize(
    ("answer", "expected"),
    [
        ("14", "4"),
        ("40", "4"),
        ("-4", "4"),
        ("−4", "4"),
        ("x=-4", "4"),
        ("4.5", "4"),
        ("3.4", "4"),
        (".4", "4"),
        ("=.4", "4"),
        ("4.0", "4"),
        ("4,000", "4"),
        ("1,4", "4"),
        ("4%", "4"),
        ("1/4", "4"),
        ("4/5", "4"),
        ("4:30", "4"),
        ("10^4", "4"),
        ("4^2", "4"),
        ("4²", "4"),
        ("4²", "42"),
        ("4½", "4"),
        ("4'000", "4"),
        ("4\u202f000", "4"),
        ("4e3", "4"),
        ("v4", "4"),
        ("gpt-4", "4"),
        ("1–4", "4"),
        ("0.5", ".5"),
        ("1-4", "-4"),
        ("14%", "4%"),
        ("十四", "四"),
        ("know", "no"),
        ("nothing", "no"),
        ("no-one", "no"),
        ("non-toxic", "toxic"),
        ("can't", "can"),
        ("can’t", "can"),
        ("C++", "C"),
        ("C#", "C"),
        ("A-", "A"),
        ("no_way", "no"),
        ("e\u0301t\u0301", "e"),
        ("", "4"),
        (None, "null"),
        ("four", "4"),
    ],
)
def test_a_part_of_something_else_is_not_found(answer: object, expected: object) -> None:
    assert value("contains", answer, expected) == 0


def test_a_later_place_counts_too() -> None:
    assert value("contains", "14 - 10 = 4", "4") == 1


def test_one_of_a_list_is_enough_unless_all_are_asked_for() -> None:
    assert value("contains", "red and blue", ["green", "blue"]) == 1
    assert value({"contains": {"all": True}}, "red and blue", ["green", "blue"]) == 0
    assert value({"contains": {"all": True}}, "red and blue", ["red", "blue"]) == 1


def test_capital_letters_differ_where_that_is_asked_for() -> None:
    assert value({"contains": {"case": True}}, "tell us", "US") == 0
    assert value({"contains": {"case": True}}, "the US", "US") == 1


@pytest.mark.parametrize("expected", ["", " ", "\u200b", [], [""], ["a", ""], {"a": 1}, None])
def test_nothing_to_look_for_is_a_mistake(expected: object) -> None:
    assert wrong_expected("contains", expected)


@given(st.text(max_size=20), st.text(min_size=1, max_size=5))
def test_no_text_is_too_strange(answer: str, expected: str) -> None:
    assert value("contains", answer, expected) in (0, 1)


@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_a_number_is_only_in_itself(answer: int, expected: int) -> None:
    assert value("contains", f"it is {answer}.", str(expected)) == (answer == expected)
