"""One planned look: whether the new revision is not worse by the margin, as a score test.

Nam, Biometrics 53:1422, 1997; Tango, Statistics in Medicine 17:891, 1998. For scores of 0 and 1
of the same items. It holds for *one* look, at a number of items that was set before; looked at
again and again it promotes far too often (`argosy.rollout.evidence` does not).
"""

from __future__ import annotations

import math
from statistics import NormalDist

from argosy.rollout.bisection import last_true


def z_value(items: int, gained: int, lost: int, margin: float) -> float:
    """The score statistic of H0: δ ≤ -margin; large where the new revision is not worse.

    Of ``items``, ``gained`` only the new revision has right and ``lost`` only the old one;
    ``margin`` is in (-1, 1). 0 where nothing is known.
    """
    distance = gained - lost + items * margin
    variance = items * (2 * _lost_share(items, gained, lost, margin) - margin * (1 + margin))
    if variance <= 0:
        return math.copysign(math.inf, distance) if distance else 0.0
    return distance / math.sqrt(variance)


def p_value(z: float) -> float:
    """The probability of so large a z under H0."""
    return math.erfc(z / math.sqrt(2)) / 2


def lower_bound(items: int, gained: int, lost: int, confidence: float = 0.95) -> float:
    """The one-sided lower bound of the difference: at minus it, z is that of the confidence."""
    z = NormalDist().inv_cdf(confidence)
    return last_true(lambda difference: z_value(items, gained, lost, -difference) >= z, -1.0, 1.0)


def interval(items: int, gained: int, lost: int, confidence: float = 0.95) -> tuple[float, float]:
    """The two-sided interval of the difference."""
    each = (1 + confidence) / 2
    return lower_bound(items, gained, lost, each), -lower_bound(items, lost, gained, each)


def _lost_share(items: int, gained: int, lost: int, margin: float) -> float:
    """The likeliest share of lost items among those with δ = -margin."""
    if items == 0:
        return 0.0
    a = 2 * items
    b = -(gained + lost) - (2 * items - gained + lost) * margin
    c = lost * margin * (1 + margin)
    return (math.sqrt(max(0.0, b * b - 4 * a * c)) - b) / (2 * a)
