from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argosy.scorers.rouge_l import longest_common
from tests.scorers.scoring import value


@pytest.mark.parametrize(
    ("measure", "score"), [("f1", 2 * 3 / 8), ("precision", 3 / 4), ("recall", 3 / 4)]
)
def test_the_example_of_the_paper(measure: str, score: float) -> None:
    found = value(
        {"rouge_l": {"measure": measure}}, "police kill the gunman", "police killed the gunman"
    )
    assert found == pytest.approx(score)


def test_order_counts() -> None:
    assert value("rouge_l", "the gunman kill police", "police killed the gunman") == 0.5
    assert value("rouge_l", "c b a", "a b c") == pytest.approx(1 / 3)


def test_no_words_are_like_no_words_alone() -> None:
    assert value("rouge_l", "", "") == 1
    assert value("rouge_l", "", "a") == 0
    assert value({"rouge_l": {"measure": "recall"}}, "a", "") == 0


def test_long_texts_take_no_time() -> None:
    text = " ".join(str(number) for number in range(20_000))
    assert value("rouge_l", text, text) == 1


@given(st.lists(st.sampled_from("abc"), max_size=12), st.lists(st.sampled_from("abc"), max_size=12))
def test_it_is_as_long_as_the_table_says(one: list[str], other: list[str]) -> None:
    assert longest_common(one, other) == _by_table(one, other)


def _by_table(one: Sequence[str], other: Sequence[str]) -> int:
    row = [0] * (len(other) + 1)
    for word in one:
        above = row.copy()
        for at, another in enumerate(other):
            row[at + 1] = above[at] + 1 if word == another else max(row[at], above[at + 1])
    return row[-1]
