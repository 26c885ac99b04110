"""What sacrebleu measures of one sentence beside its references, which are the texts expected."""

from __future__ import annotations

from functools import lru_cache
from typing import Any, Literal

from argosy.scorers.reading.options import Truth
from argosy.scorers.reading.packages import needed
from argosy.scorers.reading.texts import several, text

Metric = Literal["BLEU", "CHRF"]  # as sacrebleu's classes are named

LOWERCASE = Truth("Capital letters do not matter.")


def of_sentence(metric: Metric, answer: object, expected: object, **settings: object) -> float:
    """From 0 to 1, where sacrebleu counts to 100. ``settings`` are its own."""
    found = _made(metric, **settings).sentence_score(text(answer), several(expected))
    return min(1.0, float(found.score) / 100)


def loaded(metric: Metric) -> Any:
    """sacrebleu's metrics. Raises `ArgosyError` that says how to get them."""
    return needed("sacrebleu", metric.lower()).metrics


@lru_cache(maxsize=16)
def _made(metric: Metric, **settings: object) -> Any:
    return getattr(loaded(metric), metric)(**settings)
