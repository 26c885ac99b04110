r"""The answer matches a regular expression, somewhere, or as a whole.

The pattern is what the item expects, or one for all items in the options. An answer is looked at
up to a million characters, and a pattern that takes longer than two seconds is given up: score 0.

    {"input": "write a date", "expected": "\\d{4}-\\d{2}-\\d{2}"}
    scorer: {regex: {whole: true}}
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import regex

from argosy.scorers.reading.options import CannotScore, Text, Truth
from argosy.scorers.reading.texts import text

OPTIONS = {
    "pattern": Text("The pattern of all items, in place of `expected`."),
    "whole": Truth("The pattern must match the whole answer."),
    "ignore_case": Truth("Capital letters do not matter."),
}

PATIENCE = 2.0  # seconds
SECONDS = PATIENCE + 8


def score(answer: object, expected: object, options: dict[str, Any]) -> float:
    """1 or 0."""
    pattern = _compiled(_pattern(expected, options), bool(options.get("ignore_case")))
    match = pattern.fullmatch if options.get("whole") else pattern.search
    try:
        return float(match(text(answer), timeout=PATIENCE, concurrent=True) is not None)
    except TimeoutError:
        raise CannotScore(f"the pattern took longer than {PATIENCE:g} s") from None


def needs_expected(options: dict[str, Any]) -> bool:
    """A pattern for all is enough."""
    return "pattern" not in options


def wrong_options(options: dict[str, Any]) -> str:
    """A pattern that is none."""
    return _wrong(options["pattern"]) if "pattern" in options else ""


def wrong_expected(expected: object, options: dict[str, Any]) -> str:
    """The same."""
    if "pattern" in options:
        return ""
    return _wrong(expected) if isinstance(expected, str) and expected else "must be a pattern"


def _pattern(expected: object, options: dict[str, Any]) -> str:
    found: object = options.get("pattern", expected)
    assert isinstance(found, str)
    return found


def _wrong(pattern: str) -> str:
    try:
        _compiled(pattern, False)
    except regex.error as error:
        return f"is no regular expression: {error}"
    return ""


@lru_cache(maxsize=1024)
def _compiled(pattern: str, ignore_case: bool) -> regex.Pattern[str]:
    return regex.compile(pattern, regex.IGNORECASE if ignore_case else 0)
