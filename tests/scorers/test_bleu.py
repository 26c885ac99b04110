from __future__ import annotations

import pytest

from tests.scorers.scoring import value


def test_it_is_that_of_sacrebleu() -> None:
    found = value("bleu", "the cat sat on the mat", "the cat sat on a mat")
    assert found == pytest.approx(0.537285, abs=1e-6)


def test_several_references_count_together() -> None:
    parts = ["a dog and", "and a cat"]
    together = value("bleu", "a dog and a cat", parts)
    assert together > max(value("bleu", "a dog and a cat", one) for one in parts)
