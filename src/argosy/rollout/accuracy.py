"""How accurate a revision is: the mean of its scores, and how sure that is. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from argosy.rollout import comparison
from argosy.rollout.scoring import Scored

CONFIDENCE = 0.95


@dataclass(frozen=True)
class Accuracy:
    """The mean score by weight, in [0, 1], of so many ``items``; it lies between ``low`` and
    ``high`` with the confidence of `CONFIDENCE`.
    """

    mean: float
    low: float
    high: float
    items: int


def accuracy(scored: Sequence[Scored]) -> Accuracy:
    """Of items, at least one.

    The interval is Wilson's score interval (JASA 22, 1927) for as many items of equal weight as
    theirs are worth, (Σw)²/Σw² (Kish: Survey Sampling, 1965). Scores between 0 and 1 vary less than
    right and wrong, so that theirs is rather too wide.
    """
    found = comparison.accuracy([(one.score, one.weight) for one in scored], CONFIDENCE)
    return Accuracy(found.value, found.low, found.high, len(scored))


def told(found: Accuracy) -> str:
    """In words: ``0.931 (0.893 to 0.956 at 95 %, 200 items)``."""
    sure = f"{CONFIDENCE * 100:g} %"
    items = "1 item" if found.items == 1 else f"{found.items} items"
    return f"{found.mean:.3f} ({found.low:.3f} to {found.high:.3f} at {sure}, {items})"


def by_tag(scored: Sequence[Scored]) -> dict[str, Accuracy]:
    """The same of the items with each tag, by name."""
    tags = sorted({tag for one in scored for tag in one.tags})
    return {tag: accuracy([one for one in scored if tag in one.tags]) for tag in tags}
