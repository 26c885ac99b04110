"""chrF of the answer, from 0 to 1, as sacrebleu computes it: what characters both share.

Better than `bleu` for short answers and for languages with long words. A list is several
references, of which the nearest counts. (Popović: chrF, 2015.)

    {"input": "good morning", "expected": "guten Morgen"}
    scorer: {chrf: {words: 2}}

It needs `pip install 'argosy[scorers]'`.
"""

from __future__ import annotations

from typing import Any

from argosy.scorers.reading.options import Amount, texts_expected
from argosy.scorers.reading.sentence_metrics import LOWERCASE, loaded, of_sentence

OPTIONS = {
    "words": Amount("Sequences of so many words count, too; 2 is chrF++.", most=4, whole=True),
    "lowercase": LOWERCASE,
}

wrong_expected = texts_expected


def score(answer: object, expected: object, options: dict[str, Any]) -> float:
    """sacrebleu's, over 100."""
    return of_sentence(
        "CHRF",
        answer,
        expected,
        word_order=options.get("words", 0),
        lowercase=bool(options.get("lowercase")),
    )


def prepare(options: dict[str, Any], folder: object) -> dict[str, Any]:  # noqa: ARG001
    """Says what is missing before the first item. Raises `ArgosyError`."""
    loaded("CHRF")
    return options
