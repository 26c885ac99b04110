"""Shadow traffic: how often both revisions answer alike, and whether that is enough.

No labels are needed. Where equal answers have equal scores, the accuracies differ by at most the
share of requests on which the answers do, so a bound of that share below the margin shows that the
new revision is not worse. That answers differ does not show that it is.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from argosy.rollout.bisection import last_true
from argosy.rollout.comparison import Estimate
from argosy.rollout.evidence import e_values
from argosy.rollout.intervals import upper_bound, wilson
from argosy.rollout.sample_size import Test


@dataclass(frozen=True)
class Agreement:
    """``rate`` is the share of equal answers; ``differing_at_most`` a one-sided bound of the rest.

    It never says to roll back: ``inconclusive`` is for somebody to look at the differing pairs.
    """

    verdict: Literal["promote", "continue", "inconclusive"]
    reason: str
    agreeing: int
    differing: int
    total: int
    rate: Estimate
    differing_at_most: float


def judge(
    agreeing: int, differing: int, total: int, margin: float, confidence: float, test: Test
) -> Agreement:
    """Judge the answers that came so far, of ``total`` to be compared.

    For the e-process the bound holds at every look; for one look it is Clopper and Pearson's, and
    promotes only once all have come.
    """
    seen = agreeing + differing
    rate = agreeing / seen if seen else 0.0
    bound = _bound(agreeing, differing, confidence, test)
    best = _bound(max(total - differing, 0), differing, confidence, test) if differing else 0.0
    verdict, reason = _verdict(seen, total, bound, best, margin, test)
    estimate = Estimate(rate, *wilson(agreeing, seen, confidence))
    return Agreement(verdict, reason, agreeing, differing, total, estimate, bound)


def _verdict(
    seen: int, total: int, bound: float, best: float, margin: float, test: Test
) -> tuple[Literal["promote", "continue", "inconclusive"], str]:
    """``best`` is the bound that is left if all that is to come agrees."""
    so_far = f"answers differ for at most {100 * bound:.3g} % after {seen} of {total} requests"
    look = "Look at the pairs that differ, or at labelled items."
    if bound >= margin and best >= margin and seen < total:
        return "inconclusive", (
            f"Cannot be shown to be alike any more: {so_far}, and even if the others all agree,"
            f" {total} requests do not show less than {100 * margin:g} %. {look}"
        )
    if test == "one-look" and seen < total:
        return "continue", f"The one look comes after all requests: {so_far}."
    if bound < margin:
        return "promote", f"Not worse by {margin:g} or more: {so_far}."
    if seen < total:
        return "continue", f"Not decided: {so_far}, less than {100 * margin:g} % is needed."
    return "inconclusive", (
        f"Not shown to be alike: {so_far}, less than {100 * margin:g} % is needed. {look}"
    )


def _bound(agreeing: int, differing: int, confidence: float, test: Test) -> float:
    """The e-process sees each differing pair as lost, the worst that it can be."""
    if test == "one-look":
        return upper_bound(differing, agreeing + differing, confidence)
    enough = 1 / (1 - confidence)
    return last_true(lambda margin: e_values(agreeing, 0, differing, margin)[0] < enough, 0.0, 1.0)
