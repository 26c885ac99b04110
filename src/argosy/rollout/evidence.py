"""How strong the evidence is that the new revision is not worse, after any number of items.

A betting e-process (Ville 1939; Waudby-Smith and Ramdas, JRSS-B 86:1, 2024), mixed over 19 fixed
bets. ``D`` is the difference of an item's scores, new less old, in [-1, 1]; ``d`` the margin:

    E = mean over k of ∏ (1 + λ_k (D + d)),  λ_k = k / (20 (1 - d)),  k = 1 … 19

Where the new revision is worse by ``d`` or more, E is expected to fall with every item, so it ever
reaches 1/α with probability α at most, however often somebody looks. F is E of the mirrored bet: it
grows where the new revision is worse by more than ``d``.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping
from functools import lru_cache

from argosy.rollout.bisection import last_true

BETS = tuple(k / 20 for k in range(1, 20))
HALVINGS = 21  # of [-1, 1]: to a millionth
LARGEST = math.log(sys.float_info.max)

Bets = tuple[float, ...]


def e_values(ties: float, gained: float, lost: float, margin: float) -> tuple[float, float]:
    """E and F after so many items of scores 0 and 1; the order of the items does not matter.

    ``gained`` items only the new revision has right, ``lost`` only the old one, ``ties`` both or
    neither. ``margin`` is between 0 and 1. What exceeds a float is the largest float.
    """
    return (
        _mean(_wealth(ties, gained, lost, margin)),
        _mean(_wealth(ties, lost, gained, -margin)),  # F is E of the mirrored differences
    )


class Evidence:
    """E and F, item by item, for any scores in [0, 1].

    An item of ``weight`` w, its weight over the largest of the suite, multiplies by
    1 + λ w (D + d). The guarantee is then that of the weighted difference: H0 is E[w (D + d)] ≤ 0.
    It holds as long as weights are known before the scores are.
    """

    __slots__ = ("_better", "_margin", "_worse")

    def __init__(self, margin: float) -> None:
        self._margin = margin
        self._better: Bets = (0.0,) * len(BETS)
        self._worse: Bets = self._better

    def add(self, difference: float, weight: float = 1.0) -> None:
        """Count one item in: ``difference`` in [-1, 1], ``weight`` in (0, 1]."""
        self._better = _sum(self._better, _growth(difference, weight, self._margin))
        self._worse = _sum(self._worse, _growth(-difference, weight, -self._margin))

    @property
    def e(self) -> float:
        """The evidence that the new revision is not worse by the margin."""
        return _mean(self._better)

    @property
    def f(self) -> float:
        """The evidence that it is worse by more than the margin."""
        return _mean(self._worse)


def confidence_sequence(
    outcomes: Mapping[tuple[float, float], int], confidence: float
) -> tuple[float, float]:
    """An interval for the mean difference that holds at every look together: to show, not to judge.

    ``outcomes`` counts items by difference and weight. The interval is made of all differences
    against which neither E nor F has reached 2/α; both are monotone in them.
    """
    enough = math.log(2 / (1 - confidence))
    lower = _bound({outcome: count for outcome, count in outcomes.items() if count}, enough)
    mirrored = {(-difference, weight): count for (difference, weight), count in outcomes.items()}
    return lower, -_bound(mirrored, enough)


def shown(value: float) -> str:
    """E or F as people read it: 0.0941, 1,398, 2.3e+09."""
    if value < 1000:
        return f"{value:.3g}"
    return f"{value:,.0f}" if value < 1e6 else f"{value:.1e}"


def _bound(outcomes: Mapping[tuple[float, float], int], enough: float) -> float:
    """The largest difference that E refutes, -1 where it refutes none."""

    def refuted(difference: float) -> bool:
        grown = [
            (_growth_uncached(outcome, weight, -difference), count)
            for (outcome, weight), count in outcomes.items()
        ]
        wealth = (sum(growth[k] * count for growth, count in grown) for k in range(len(BETS)))
        return _log_mean(tuple(wealth)) >= enough

    return last_true(refuted, -1.0, 1.0, HALVINGS)


def _wealth(ties: float, gained: float, lost: float, margin: float) -> Bets:
    tie, gain, loss = (_growth(difference, 1.0, margin) for difference in (0.0, 1.0, -1.0))
    by_bet = zip(tie, gain, loss, strict=True)
    return tuple([ties * one + gained * up + lost * down for one, up, down in by_bet])


def _growth_uncached(difference: float, weight: float, margin: float) -> Bets:
    """The logarithm of what an item multiplies each bet's wealth by.

    A bet keeps at least a twentieth of its wealth: D + d is never below -(1 - d).
    """
    return tuple(math.log1p(bet * weight * (difference + margin) / (1 - margin)) for bet in BETS)


_growth = lru_cache(maxsize=4096)(_growth_uncached)


def _sum(wealth: Bets, growth: Bets) -> Bets:
    return tuple(map(float.__add__, wealth, growth))


def _log_mean(wealth: Bets) -> float:
    most = max(wealth)
    return most + math.log(sum([math.exp(one - most) for one in wealth]) / len(wealth))


def _mean(wealth: Bets) -> float:
    return math.exp(min(_log_mean(wealth), LARGEST))
