"""BLEU of the answer as one sentence, from 0 to 1, as sacrebleu computes it.

Orders of n-grams that a short sentence cannot have are left out. A list is several references,
which count together. (Papineni et al.: BLEU, 2002.)

    {"input": "the cat sits", "expected": ["die Katze sitzt", "die Katze sitzt da"]}
    scorer: {bleu: {tokenize: intl}}

It needs `pip install 'argosy[scorers]'`.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

from argosy.scorers.reading.options import OneOf, Truth, texts_expected
from argosy.scorers.reading.packages import needed
from argosy.scorers.reading.texts import several, text

OPTIONS = {
    "tokenize": OneOf(
        "How sacrebleu makes words; `13a` without it.",
        words=("13a", "intl", "char", "zh", "none"),
    ),
    "lowercase": Truth("Capital letters do not matter."),
}

wrong_expected = texts_expected


def score(answer: object, expected: object, options: dict[str, Any]) -> float:
    """sacrebleu's, over 100."""
    metric = _metric(options.get("tokenize", "13a"), bool(options.get("lowercase")))
    return min(1.0, float(metric.sentence_score(text(answer), several(expected)).score) / 100)


def prepare(options: dict[str, Any], folder: object) -> dict[str, Any]:  # noqa: ARG001
    """Says what is missing before the first item. Raises `ArgosyError`."""
    needed("sacrebleu", "bleu")
    return options


@lru_cache(maxsize=16)
def _metric(tokenize: str, lowercase: bool) -> Any:
    metrics = needed("sacrebleu.metrics", "bleu")
    return metrics.BLEU(tokenize=tokenize, lowercase=lowercase, effective_order=True)
