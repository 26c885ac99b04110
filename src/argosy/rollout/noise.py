"""An A/A run: how often a revision scores differently from itself, and what that costs."""

from __future__ import annotations

from dataclasses import dataclass

from argosy.rollout.intervals import upper_bound
from argosy.rollout.sample_size import Test, items_needed


@dataclass(frozen=True)
class Noise:
    """The noise floor: no rollout of this suite differs on fewer items.

    ``share_at_most`` is a one-sided bound; ``needed`` and ``needed_at_most`` are the items that two
    equal revisions need at the one and at the other to be found so in four of five rollouts, None
    where no number is enough.
    """

    items: int
    differing: int
    share: float
    share_at_most: float
    needed: int | None
    needed_at_most: int | None
    sentence: str


def measure(items: int, differing: int, margin: float, confidence: float, test: Test) -> Noise:
    """Of ``items``, asked twice of the same revision, ``differing`` were scored differently."""
    share = differing / items if items else 0.0
    most = upper_bound(differing, items, confidence)
    needed = items_needed(margin, share, confidence, test)
    needed_at_most = items_needed(margin, most, confidence, test)
    told = (
        f"The revision differs from itself on {100 * share:.3g} % of {items} items"
        f" (at most {100 * most:.3g} %): to show a margin of {margin:g}, a revision as good needs"
        f" {_number(needed)} (at that most {_number(needed_at_most)})."
    )
    if differing and (needed is None or needed > items):
        told += (
            " Fix temperature and seed, repeat each item and average, add items, or widen"
            " the margin."
        )
    return Noise(items, differing, share, most, needed, needed_at_most, told)


def _number(items: int | None) -> str:
    return "more items than there are" if items is None else f"about {items} items"
