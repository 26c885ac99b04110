"""Pairs of scores, as tests want them."""

from __future__ import annotations

from argosy.rollout.comparison import Pair
from argosy.rollout.order import shuffled

SEED = 7


def pairs(ties: int, gained: int, lost: int, tags: tuple[str, ...] = ()) -> tuple[Pair, ...]:
    """So many whole scores, mixed; the first of the ties have both revisions wrong."""
    scores = [(0.0, 1.0)] * gained + [(1.0, 0.0)] * lost
    scores += [(float(number >= ties // 10),) * 2 for number in range(ties)]
    named = {f"{'-'.join(tags)}{number}": score for number, score in enumerate(scores)}
    return tuple(Pair(name, *named[name], tags) for name in shuffled(named, SEED))
