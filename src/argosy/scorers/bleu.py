"""BLEU of the answer as one sentence, from 0 to 1, as sacrebleu computes it.

Orders of n-grams that a short sentence cannot have are left out. A list is several references,
which count together. (Papineni et al.: BLEU, 2002.)

    {"input": "the cat sits", "expected": ["die Katze sitzt", "die Katze sitzt da"]}
    scorer: {bleu: {tokenize: intl}}

It needs `pip install 'argosy[scorers]'`.
"""

from __future__ import annotations

from typing import Any

from argosy.scorers.reading.options import OneOf, texts_expected
from argosy.scorers.reading.sentence_metrics import LOWERCASE, loaded, of_sentence

OPTIONS = {
    "tokenize": OneOf(
        "How sacrebleu makes words; `13a` without it.",
        words=("13a", "intl", "char", "zh", "none"),
    ),
    "lowercase": LOWERCASE,
}

wrong_expected = texts_expected


def score(answer: object, expected: object, options: dict[str, Any]) -> float:
    """sacrebleu's, over 100."""
    return of_sentence(
        "BLEU",
        answer,
        expected,
        tokenize=options.get("tokenize", "13a"),
        lowercase=bool(options.get("lowercase")),
        effective_order=True,
    )


def prepare(options: dict[str, Any], folder: object) -> dict[str, Any]:  # noqa: ARG001
    """Says what is missing before the first item. Raises `ArgosyError`."""
    loaded("BLEU")
    return options
