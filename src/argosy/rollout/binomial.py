"""Tails of the binomial distribution, exact, for a million trials as for ten."""

from __future__ import annotations

import math
from collections.abc import Iterable

NOTHING = 1e-17  # a term this small, beside the sum, changes no digit of it


def at_most(events: int, trials: int, probability: float) -> float:
    """P(X ≤ events) for X ~ Bin(trials, probability)."""
    return _lower(events, trials, probability, 1 - probability)


def at_least(events: int, trials: int, probability: float) -> float:
    """P(X ≥ events) for X ~ Bin(trials, probability)."""
    return _lower(trials - events, trials, 1 - probability, probability)


def _lower(events: int, trials: int, chance: float, other: float) -> float:
    """P(X ≤ events). ``other`` is 1 - chance; both are given so that neither loses digits."""
    if events < 0:
        return 0.0
    if events >= trials or chance <= 0:
        return 1.0
    if other <= 0:
        return 0.0
    if events > trials * chance:
        return 1 - _upper(events + 1, trials, chance, other)
    return _upper(trials - events, trials, other, chance)


def _upper(events: int, trials: int, chance: float, other: float) -> float:
    """P(X ≥ events) where events is at least the mean, so that terms only fall."""
    first = math.exp(_log_probability(events, trials, chance, other))
    ratios = (chance / other * (trials - k) / (k + 1) for k in range(events, trials))
    return min(1.0, first * _series(ratios))


def _series(ratios: Iterable[float]) -> float:
    """1 + r₁ + r₁r₂ + …, until a term no longer counts."""
    total = term = 1.0
    for ratio in ratios:
        term *= ratio
        total += term
        if term < total * NOTHING:
            break
    return total


def _log_probability(events: int, trials: int, chance: float, other: float) -> float:
    ways = math.lgamma(trials + 1) - math.lgamma(events + 1) - math.lgamma(trials - events + 1)
    return ways + events * math.log(chance) + (trials - events) * math.log(other)
