from __future__ import annotations

import pytest

from tests.scorers.scoring import value

METRICS = pytest.mark.parametrize("scorer", ["bleu", "chrf"])


@METRICS
def test_what_is_expected_has_all_and_nothing_has_none(scorer: str) -> None:
    assert value(scorer, "the cat sat on the mat", "the cat sat on the mat") == pytest.approx(1)
    assert value(scorer, "", "a") == 0


@METRICS
def test_capital_letters_can_be_left_out_of_it(scorer: str) -> None:
    assert value(scorer, "A DOG", "a dog") == 0
    assert value({scorer: {"lowercase": True}}, "A DOG", "a dog") == pytest.approx(1)
