"""The answer is the number that is expected, or near enough.

A text must hold one number that stands alone: `The answer is 1,200.50.` does, `3-4`, `1/4` and
`v4` hold none. Where it holds several, `pick` says which. `4%` is 0.04. Lists and objects must
agree in every number. It is near enough within the larger of `tolerance` and `relative`.

    {"input": "pi?", "expected": 3.14159}
    scorer: {numeric: {tolerance: 0.01}}
"""

from __future__ import annotations

import math
from fractions import Fraction
from typing import Any

from argosy.scorers.reading.numbers import numbers
from argosy.scorers.reading.options import Amount, CannotScore, OneOf

RELATIVE = 1e-9  # a decimal number in JSON is a binary one in a computer

OPTIONS = {
    "tolerance": Amount("How far off the answer may be; 0 without it."),
    "relative": Amount(f"The same as a share of what is expected; {RELATIVE:g} without it."),
    "pick": OneOf("Which of several numbers in a text counts.", words=("first", "last")),
}


def score(answer: object, expected: object, options: dict[str, Any]) -> float:
    """1 or 0."""
    return float(_near(answer, expected, options))


def wrong_expected(expected: object, options: dict[str, Any]) -> str:
    """What holds no number."""
    try:
        _check(expected, options)
    except CannotScore as error:
        return str(error)
    return ""


def _near(answer: object, expected: object, options: dict[str, Any]) -> bool:
    if isinstance(answer, list) and len(answer) == 1 and not isinstance(expected, list):
        answer = answer[0]
    if isinstance(expected, list):
        if not isinstance(answer, list) or len(answer) != len(expected):
            return False
        return all(_near(*pair, options) for pair in zip(answer, expected, strict=True))
    if isinstance(expected, dict):
        if not isinstance(answer, dict) or answer.keys() != expected.keys():
            return False
        return all(_near(answer[key], expected[key], options) for key in answer)
    value, wanted = _number(answer, options), _number(expected, options)
    tolerance = Fraction(options.get("tolerance", 0))
    relative = Fraction(options.get("relative", RELATIVE))
    return abs(value - wanted) <= max(tolerance, relative * abs(wanted))


def _number(value: object, options: dict[str, Any]) -> Fraction:
    if isinstance(value, int | float) and not isinstance(value, bool):
        if not math.isfinite(value):
            raise CannotScore("not a finite number")
        return Fraction(str(value))  # as it is written: 0.1 is a tenth
    if not isinstance(value, str):
        raise CannotScore("not a number")
    found = numbers(value)
    if not found:
        raise CannotScore("holds no number that stands alone")
    if len(set(found)) > 1 and "pick" not in options:
        raise CannotScore(f"holds {len(found)} numbers; the option `pick` says which counts")
    return found[-1 if options.get("pick") == "last" else 0]


def _check(expected: object, options: dict[str, Any]) -> None:
    if isinstance(expected, dict | list):
        for one in expected.values() if isinstance(expected, dict) else expected:
            _check(one, options)
    else:
        _number(expected, options)
