"""The longest sequence of words that both have in the same order, as a share from 0 to 1.

Words are those of `token_f1`; other words may stand between. A list is several right answers, of
which the nearest counts. (ROUGE-L of Lin: ROUGE, 2004, with β = 1 for `f1`.)

    {"input": "summarise: …", "expected": "The ship sails at noon from Lisbon."}
    scorer: {rouge_l: {measure: recall}}
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from argosy.scorers.reading.options import OneOf, texts_expected
from argosy.scorers.reading.texts import best, text, words

OPTIONS = {
    "measure": OneOf(
        "`precision` is the share of the answer, `recall` that of what is expected, `f1`, without "
        "it, their harmonic mean.",
        words=("f1", "precision", "recall"),
    )
}

wrong_expected = texts_expected


def score(answer: object, expected: object, options: dict[str, Any]) -> float:
    """1 where both have no words."""
    measure = options.get("measure", "f1")
    return best(
        text(answer), expected, lambda one, other: _rouge(words(one), words(other), measure)
    )


def _rouge(said: Sequence[str], wanted: Sequence[str], measure: str) -> float:
    if not said or not wanted:
        return float(said == wanted)
    whole = {"precision": 2 * len(said), "recall": 2 * len(wanted)}
    return 2 * longest_common(said, wanted) / whole.get(measure, len(said) + len(wanted))


def longest_common(one: Sequence[str], other: Sequence[str]) -> int:
    """The length of the longest common subsequence.

    All of ``one`` at once, a bit for each word (Hyyrö: Bit-parallel LCS-length computation
    revisited, AWOCA 2004): texts of thousands of words take milliseconds.
    """
    places: defaultdict[str, int] = defaultdict(int)
    for at, word in enumerate(one):
        places[word] |= 1 << at
    whole = (1 << len(one)) - 1
    row = whole
    for word in other:
        matches = row & places[word]
        row = ((row + matches) | (row - matches)) & whole
    return len(one) - row.bit_count()
