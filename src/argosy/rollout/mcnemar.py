"""McNemar's test: shown beside a decision, never used for it.

It asks whether the revisions differ at all. That it finds no difference does not show that the new
one is not worse: with few items it never finds any.
"""

from __future__ import annotations

from argosy.rollout.binomial import at_most


def p_value(gained: int, lost: int) -> float:
    """The exact two-sided p (McNemar, Psychometrika 12:153, 1947); 1 where nothing differs."""
    return min(1.0, 2 * at_most(min(gained, lost), gained + lost, 0.5))
