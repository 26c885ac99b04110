from __future__ import annotations

import pytest

from tests.scorers.scoring import value


def test_it_is_that_of_sacrebleu() -> None:
    found = value("bleu", "the cat sat on the mat", "the cat sat on a mat")
    assert found == pytest.approx(0.537285, abs=1e-6)
    assert value("bleu", "the cat sat on the mat", "the cat sat on the mat") == pytest.approx(1)
    assert value("bleu", "", "a") == 0


def test_several_references_count_together() -> None:
    assert value("bleu", "a dog", ["a cat", "a dog"]) == pytest.approx(1)


def test_capital_letters_can_be_left_out_of_it() -> None:
    assert value("bleu", "A DOG", "a dog") == 0
    assert value({"bleu": {"lowercase": True}}, "A DOG", "a dog") == pytest.approx(1)
