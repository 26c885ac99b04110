from __future__ import annotations

import pytest

from tests.scorers.scoring import scored, value, wrong_expected


@pytest.mark.parametrize(
    "answer",
    [
        "B",
        "b",
        " (B) ",
        "**B**",
        "B.",
        "B) Paris",
        "B. Paris",
        "(b) Paris",
        "B: Paris",
        "The answer is B.",
        "The correct answer is (B).",
        "Answer: B",
        "answer: **B**",
        "I think the best choice is B because of Paris",
        "A) is wrong. The answer is B.",
        "The answer is A. No, wait: the answer is B.",
        r"So \boxed{B}.",
        r"\boxed{\text{B}}",
        "The answer is option B",
        "Ｂ",
    ],
)
def test_a_choice_is_found(answer: str) -> None:
    assert value("choice", answer, "B") == 1
    assert value("choice", answer, "A") == 0


@pytest.mark.parametrize(
    "answer",
    [
        "A cat sat",
        "The answer is not A",
        "The answer is A or B",
        "The answer is A, B",
        "The answer is a cat",
        "The answer is A cat",
        "A or B",
        "A/B",
        "A+",
        "A-",
        "not A",
        "Apple",
        "A.C. Milan",
        "",
        None,
    ],
)
def test_a_letter_elsewhere_is_no_choice(answer: object) -> None:
    assert "no letter" in scored("choice", answer, "A").reason


def test_other_letters_can_be_named() -> None:
    assert value({"choice": {"letters": "1234"}}, "2) Rome", 2) == 1
    assert scored({"choice": {"letters": "AB"}}, "C", "A").reason


@pytest.mark.parametrize("expected", ["AB", "z", "", None, True, 5])
def test_what_is_no_letter_cannot_be_expected(expected: object) -> None:
    assert wrong_expected("choice", expected)
