from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argosy.rollout.accuracy import accuracy, by_tag
from argosy.rollout.scoring import Scored


def scored(score: float, weight: float = 1.0, *tags: str) -> Scored:
    return Scored("1", score, None, None, tags, weight, 0.0)


def test_the_interval_is_wilsons() -> None:
    found = accuracy([scored(1)] * 81 + [scored(0)] * 182)  # Newcombe (1998), example (a)
    assert found.mean == pytest.approx(81 / 263)
    assert (found.low, found.high) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert found.items == 263


def test_it_is_never_sure_of_a_few() -> None:
    assert accuracy([scored(1)]).low == pytest.approx(0.2065, abs=5e-5)
    assert accuracy([scored(1)]).high == 1
    assert accuracy([scored(0)]).low == 0


def test_items_count_by_their_weight() -> None:
    assert accuracy([scored(1, 3), scored(0, 1)]).mean == 0.75
    even, uneven = (
        [scored(1), scored(0)] * 50,
        [scored(1, 9), scored(0, 9)] + [scored(0.5, 0.01)] * 98,
    )
    assert accuracy(uneven).high - accuracy(uneven).low > accuracy(even).high - accuracy(even).low


def test_tags_are_told_apart() -> None:
    found = by_tag([scored(1, 1, "a", "b"), scored(0, 1, "b"), scored(0)])
    assert {tag: (part.mean, part.items) for tag, part in found.items()} == {
        "a": (1, 1),
        "b": (0.5, 2),
    }


@given(
    st.lists(st.tuples(st.floats(0, 1), st.floats(1e-3, 1e6)), min_size=1, max_size=20),
)
def test_the_mean_lies_in_its_interval(pairs: list[tuple[float, float]]) -> None:
    found = accuracy([scored(*pair) for pair in pairs])
    assert 0 <= found.low <= found.mean + 1e-9
    assert found.mean - 1e-9 <= found.high <= 1
