"""How sure a share is that was counted: Wilson's interval, and an exact upper bound."""

from __future__ import annotations

import math
from statistics import NormalDist

from argosy.rollout.binomial import at_most
from argosy.rollout.bisection import last_true


def wilson(events: float, trials: float, confidence: float = 0.95) -> tuple[float, float]:
    """The two-sided interval of a share (Wilson, JASA 22:209, 1927); (0, 1) of no trials.

    ``events`` may be a sum of scores in [0, 1], whose variance is that of 0/1 scores at most.
    """
    if trials <= 0:
        return 0.0, 1.0
    z = NormalDist().inv_cdf((1 + confidence) / 2)
    share, spread = events / trials, z * z / trials
    centre = (share + spread / 2) / (1 + spread)
    half = math.sqrt(max(0.0, share * (1 - share)) * spread + spread * spread / 4) / (1 + spread)
    return max(0.0, centre - half), min(1.0, centre + half)


def upper_bound(events: int, trials: int, confidence: float = 0.95) -> float:
    """The one-sided bound of a share (Clopper and Pearson, Biometrika 26:404, 1934).

    The share at which so few events have probability 1 - confidence; 1 of no trials.
    """
    if events >= trials:
        return 1.0
    rare = 1 - confidence
    return last_true(lambda share: at_most(events, trials, share) > rare, events / trials, 1.0)
