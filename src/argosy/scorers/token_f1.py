"""How many words answer and expectation share, from 0 to 1: the harmonic mean of both shares.

Words are compared without capital letters and punctuation; `-4` and `4` are two. A list is several
right answers, of which the nearest counts. (F1 of tokens, as in Rajpurkar et al.: SQuAD, 2016.)

    {"input": "who wrote Faust?", "expected": ["Goethe", "Johann Wolfgang von Goethe"]}
    scorer: token_f1
"""

from __future__ import annotations

from collections import Counter
from typing import Any

from argosy.scorers.reading.options import Option, texts_expected
from argosy.scorers.reading.texts import best, text, words

OPTIONS: dict[str, Option] = {}

wrong_expected = texts_expected


def score(answer: object, expected: object, options: dict[str, Any]) -> float:  # noqa: ARG001
    """2 × shared / (words of one + words of the other); 1 where both have none."""
    return best(text(answer), expected, _f1)


def _f1(answer: str, expected: str) -> float:
    said, wanted = Counter(words(answer)), Counter(words(expected))
    if not said or not wanted:
        return float(said == wanted)
    return 2 * (said & wanted).total() / (said.total() + wanted.total())
