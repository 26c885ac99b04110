"""The answer is what is expected, as JSON compares: `4` is `4.0`, and neither is `"4"` nor `true`.

Nothing is forgiven: not a space, not a capital letter. `normalised` forgives those.

    {"input": [1, 2], "expected": {"label": "cat"}}
    scorer: exact
"""

from __future__ import annotations

from typing import Any

from argosy.scorers.reading.options import Truth

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


def same(one: object, other: object) -> bool:
    """Whether two values are the same in JSON, where true is not 1."""
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list) and isinstance(other, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    return one == other
