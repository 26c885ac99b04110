"""The answer is what is expected, but for what means nothing.

Capital letters, spaces, forms of the same character (NFKC), and around the whole text quotes,
emphasis and the signs that end a sentence. `4` is `"4"`. `-4`, `4.0` and `4%` are not `4`. A list
is several right answers, where the answer is no list itself.

    {"input": "capital of France?", "expected": ["Paris", "Paris, France"]}
    scorer: normalised
"""

from __future__ import annotations

from typing import Any

from argosy.scorers.reading.options import Truth
from argosy.scorers.reading.texts import fold, text

OPTIONS = {"case": Truth("Capital letters differ.")}

_AROUND = "\"'`*_ "
_BEFORE = _AROUND + "¿¡"
_AFTER = _AROUND + ".!?,;:。！？"


def score(answer: object, expected: object, options: dict[str, Any]) -> float:
    """1 or 0."""
    return float(_same(answer, expected, bool(options.get("case"))))


def bare(written: str, *, case: bool = False) -> str:
    """A text without what means nothing; one that holds nothing else stays."""
    folded = fold(written, case=case)
    return folded.lstrip(_BEFORE).rstrip(_AFTER) or folded


def _same(answer: object, expected: object, case: bool) -> bool:
    if isinstance(answer, dict) and isinstance(expected, dict):
        return answer.keys() == expected.keys() and all(
            _same(answer[key], expected[key], case) for key in answer
        )
    if isinstance(expected, list):
        if isinstance(answer, list) and len(answer) == len(expected):
            pairs = zip(answer, expected, strict=True)
            return all(_same(one, other, case) for one, other in pairs)
        alone = not isinstance(answer, list) or len(answer) == 1
        return alone and any(_same(answer, one, case) for one in expected)
    if isinstance(answer, list) and len(answer) == 1:
        return _same(answer[0], expected, case)
    if isinstance(answer, dict | list) or isinstance(expected, dict | list):
        return False
    return bare(text(answer), case=case) == bare(text(expected), case=case)
