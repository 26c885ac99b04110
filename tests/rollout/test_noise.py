from __future__ import annotations

import pytest

from argosy.rollout.noise import measure
from argosy.rollout.sample_size import fewest


def test_a_revision_that_always_agrees_with_itself_needs_the_fewest() -> None:
    found = measure(500, 0, 0.02, 0.95, "e-process")
    assert found.share == 0
    assert found.share_at_most == pytest.approx(0.00597, abs=5e-5)
    assert found.needed == fewest(0.02, 0.95, "e-process")
    assert "Fix temperature" not in found.sentence


def test_noise_makes_a_margin_expensive() -> None:
    found = measure(500, 25, 0.02, 0.95, "e-process")
    assert found.needed == 1911
    assert found.needed_at_most is not None
    assert found.needed_at_most > found.needed
    assert found.sentence == (
        "The revision differs from itself on 5 % of 500 items (at most 6.91 %): to show a margin of"
        f" 0.02, a revision as good needs about 1911 items (at that most about"
        f" {found.needed_at_most} items). Fix temperature and seed, repeat each item and average,"
        " add items, or widen the margin."
    )


def test_where_every_answer_is_noise_no_number_of_items_is_enough() -> None:
    found = measure(500, 500, 0.02, 0.95, "e-process")
    assert found.needed is None
    assert "needs more items than there are" in found.sentence


def test_of_no_items_nothing_is_known() -> None:
    assert measure(0, 0, 0.02, 0.95, "one-look").share_at_most == 1.0
