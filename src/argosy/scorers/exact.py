"""The answer is what is expected, as JSON compares: `4` is `4.0`, and neither is `"4"` nor `true`.

Nothing is forgiven: not a space, not a capital letter. `normalised` forgives those.

    {"input": [1, 2], "expected": {"label": "cat"}}
    scorer: exact
"""

from __future__ import annotations

from typing import Any

from argosy.scorers.reading.options import Truth
from argosy.scorers.reading.sameness import same

OPTIONS = {"any": Truth("`expected` is a list of answers of which each is right.")}


def score(answer: object, expected: object, options: dict[str, Any]) -> float:
    """1 or 0."""
    if options.get("any"):
        assert isinstance(expected, list)
        return float(any(same(answer, one) for one in expected))
    return float(same(answer, expected))


def wrong_expected(expected: object, options: dict[str, Any]) -> str:
    """Of ``any``."""
    if options.get("any") and not (isinstance(expected, list) and expected):
        return "must be a list of right answers, as the option `any` says"
    return ""
