from __future__ import annotations

import pytest

from tests.scorers.scoring import value


def test_it_shares_characters() -> None:
    assert 0.5 < value("chrf", "guten Morgn", "guten Morgen") < 1
    assert value("chrf", "xyz", "guten Morgen") == 0


def test_the_nearest_of_several_counts() -> None:
    assert value("chrf", "Hallo", ["guten Morgen", "Hallo"]) == pytest.approx(1)


def test_words_can_count_too() -> None:
    plain = value("chrf", "the catt", "the cat")
    assert value({"chrf": {"words": 2}}, "the catt", "the cat") < plain
