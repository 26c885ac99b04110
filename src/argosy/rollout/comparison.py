"""Two revisions on the same items: what was counted, and what it says. To show and to store."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from argosy.rollout import mcnemar, tango
from argosy.rollout.evidence import Evidence, confidence_sequence
from argosy.rollout.intervals import wilson

SHOWN_DIGITS = 3  # of differences and weights where the interval is computed, for its speed


@dataclass(frozen=True)
class Pair:
    """The scores in [0, 1] that the old (``before``) and the new revision got for one item.

    A revision that did not answer in time scores 0. ``weight`` in (0, 1] is the item's over the
    largest of the suite, known before any score.
    """

    item: str
    before: float
    after: float
    tags: tuple[str, ...] = ()
    weight: float = 1.0

    @property
    def difference(self) -> float:
        """New less old, in [-1, 1]."""
        return self.after - self.before

    @property
    def is_whole(self) -> bool:
        """Right or wrong, and as heavy as any: what tests on counts take."""
        return {self.before, self.after} <= {0.0, 1.0} and self.weight == 1


@dataclass(frozen=True)
class Estimate:
    """A value and its two-sided interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Comparison:
    """What pairs say about a margin.

    ``ties``, ``gained`` and ``lost`` count items by the sign of the difference; accuracies are
    weighted means with Wilson's interval, the difference has a confidence sequence. ``e`` and ``f``
    are explained in `argosy.rollout.evidence`, ``z`` and ``p`` in `argosy.rollout.tango`: None for
    graded or weighted scores. ``mcnemar_p`` decides nothing.
    """

    ties: int
    gained: int
    lost: int
    before: Estimate
    after: Estimate
    difference: Estimate
    e: float
    f: float
    z: float | None
    p: float | None
    mcnemar_p: float

    @property
    def items(self) -> int:
        """How many were compared."""
        return self.ties + self.gained + self.lost

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Comparison:
        """The inverse of `dataclasses.asdict`."""
        estimates = {name: Estimate(**data[name]) for name in ("before", "after", "difference")}
        return cls(**{**data, **estimates})


def compare(pairs: Sequence[Pair], margin: float, confidence: float) -> Comparison:
    """Compare the revisions on all these pairs; of none, nothing is known."""
    evidence = Evidence(margin)
    for pair in pairs:
        evidence.add(pair.difference, pair.weight)
    gained = sum(pair.difference > 0 for pair in pairs)
    lost = sum(pair.difference < 0 for pair in pairs)
    z = tango.z_value(len(pairs), gained, lost, margin) if _are_whole(pairs) else None
    return Comparison(
        ties=len(pairs) - gained - lost,
        gained=gained,
        lost=lost,
        before=accuracy([(pair.before, pair.weight) for pair in pairs], confidence),
        after=accuracy([(pair.after, pair.weight) for pair in pairs], confidence),
        difference=_difference(pairs, confidence),
        e=evidence.e,
        f=evidence.f,
        z=z,
        p=None if z is None else tango.p_value(z),
        mcnemar_p=mcnemar.p_value(gained, lost),
    )


def _are_whole(pairs: Sequence[Pair]) -> bool:
    return all(pair.is_whole for pair in pairs)


def accuracy(scores: Sequence[tuple[float, float]], confidence: float) -> Estimate:
    """Of (score, weight): the mean, and its interval by Wilson.

    Weighted scores count as so many equal ones as have the same variance (Kish 1965).
    """
    mean = _mean(scores)
    squares = sum(weight * weight for _, weight in scores)
    effective = sum(weight for _, weight in scores) ** 2 / squares if squares else 0.0
    return Estimate(mean, *wilson(mean * effective, effective, confidence))


def _difference(pairs: Sequence[Pair], confidence: float) -> Estimate:
    outcomes = Counter(
        (round(pair.difference, SHOWN_DIGITS), round(pair.weight, SHOWN_DIGITS)) for pair in pairs
    )
    mean = _mean([(pair.difference, pair.weight) for pair in pairs])
    return Estimate(mean, *confidence_sequence(outcomes, confidence))


def _mean(values: Sequence[tuple[float, float]]) -> float:
    """The mean of (value, weight); 0 of nothing."""
    weights = sum(weight for _, weight in values)
    return sum(value * weight for value, weight in values) / weights if weights else 0.0
