from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as some

from argosy.rollout.order import shuffled

NAMES = some.lists(some.text("abcäß", max_size=5), unique=True, max_size=30)


def test_a_seed_gives_the_same_order_on_every_machine() -> None:
    items = [f"item-{number}" for number in range(6)]
    assert shuffled(items, 1) == ("item-1", "item-4", "item-2", "item-0", "item-5", "item-3")
    assert shuffled(items, 2) != shuffled(items, 1)


@given(NAMES, some.integers())
def test_nothing_is_lost_and_the_order_given_does_not_matter(names: list[str], seed: int) -> None:
    assert sorted(shuffled(names, seed)) == sorted(names)
    assert shuffled(names, seed) == shuffled(reversed(names), seed)


@given(NAMES, some.text("abc", min_size=6, max_size=8), some.integers())
def test_an_item_more_moves_no_other_past_another(names: list[str], new: str, seed: int) -> None:
    kept = [name for name in shuffled([*names, new], seed) if name != new]
    assert tuple(kept) == shuffled(names, seed)
