"""chrF of the answer, from 0 to 1, as sacrebleu computes it: what characters both share.

Better than `bleu` for short answers and for languages with long words. A list is several
references, of which the nearest counts. (Popović: chrF, 2015.)

    {"input": "good morning", "expected": "guten Morgen"}
    scorer: {chrf: {words: 2}}

It needs `pip install 'argosy[scorers]'`.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from argosy.scorers.reading.options import Amount, Truth, texts_expected
from argosy.scorers.reading.packages import needed
from argosy.scorers.reading.texts import several, text

OPTIONS = {
    "words": Amount("Sequences of so many words count, too; 2 is chrF++.", most=4, whole=True),
    "lowercase": Truth("Capital letters do not matter."),
}

wrong_expected = texts_expected


def score(answer: object, expected: object, options: dict[str, Any]) -> float:
    """sacrebleu's, over 100."""
    metric = _metric(options.get("words", 0), bool(options.get("lowercase")))
    return min(1.0, float(metric.sentence_score(text(answer), several(expected)).score) / 100)


def prepare(options: dict[str, Any], folder: object) -> dict[str, Any]:  # noqa: ARG001
    """Says what is missing before the first item. Raises `ArgosyError`."""
    needed("sacrebleu", "chrf")
    return options


@lru_cache(maxsize=16)
def _metric(order: int, lowercase: bool) -> Any:
    metrics = needed("sacrebleu.metrics", "chrf")
    return metrics.CHRF(word_order=order, lowercase=lowercase)
