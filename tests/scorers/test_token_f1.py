from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.scorers.scoring import value, wrong_expected


@pytest.mark.parametrize(
    ("answer", "expected", "score"),
    [
        ("Johann von Goethe", "Johann Wolfgang von Goethe", 6 / 7),
        ("GOETHE!", "Goethe", 1),
        ("Goethe", ["Schiller", "Goethe"], 1),
        ("a a b", "a b b", 2 / 3),
        ("-4", "4", 0),
        ("4.0", "4", 0),
        ("14", "4", 0),
        ("", "", 1),
        ("", "a", 0),
        ("a", "", 0),
        ("?!", "a", 0),
        ("大熊猫", "熊猫", 4 / 5),
    ],
)
def test_words_are_shared(answer: str, expected: object, score: float) -> None:
    assert value("token_f1", answer, expected) == pytest.approx(score)


@given(st.text(max_size=30), st.text(max_size=30))
def test_it_is_the_same_in_both_directions(one: str, other: str) -> None:
    assert value("token_f1", one, other) == value("token_f1", other, one)
    assert value("token_f1", one, one) == 1


def test_a_list_of_right_answers_has_some() -> None:
    assert wrong_expected("token_f1", [])
    assert wrong_expected("token_f1", {"a": 1})
