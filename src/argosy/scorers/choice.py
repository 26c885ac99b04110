r"""The answer chooses the letter that is expected: `B`, `(b)`, `B) Paris`, `The answer is B.`

What counts is a letter alone; else the last in `\boxed{B}`; else the last that is said to be the
answer, option or choice; else the first thing, with its bracket or point. Letters elsewhere do not
count, so that neither `A cat` nor `not B` nor `A or B` is a choice.

    {"messages": [{"role": "user", "content": "2 + 2? A) 3 B) 4"}], "expected": "B"}
    scorer: choice
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import Any

from argosy.scorers.reading.options import CannotScore, Text
from argosy.scorers.reading.texts import text

LETTERS = "ABCDEFGHIJ"
OPTIONS = {"letters": Text(f"The letters that there are; `{LETTERS}` without it.")}

_MARKS = r"[\s*_\"'`(\[]*"
_FORMS = (
    r"(?i:[^\w+#-]*([{letters}])[^\w+#-]*)\Z",
    r"(?s:.*)\\boxed\{{\s*(?:\\text\{{)?\s*([{letters}])\s*\}}",
    r"(?s:.*)\b(?i:answer|option|choice)\b" + _MARKS + r"(?i:is|was|:|=)?[:=]?" + _MARKS
    + r"(?i:option|choice|letter)?" + _MARKS + r"([{letters}])(?![\w'+#-])"
    r"(?!\s*(?:[,/&]|and\b|or\b)\s*\(?[{letters}]\b)(?! (?!because\b|since\b|as\b)[a-z])",
    r"(?i:" + _MARKS + r"([{letters}])[*_]*[).:\]])(?![\w'])",
)  # fmt: skip


def score(answer: object, expected: object, options: dict[str, Any]) -> float:
    """1 or 0."""
    chosen = _chosen(text(answer), options.get("letters", LETTERS))
    if chosen is None:
        raise CannotScore("the answer chooses no letter")
    return float(chosen == str(expected).strip().upper())


def wrong_options(options: dict[str, Any]) -> str:
    """Digits are letters, too, where a suite has them."""
    letters = options.get("letters", LETTERS)
    right = re.fullmatch(r"[A-Z]+|[0-9]+", letters) and len(set(letters)) == len(letters)
    return "" if right else "`letters` must be capital letters or digits, each once"


def wrong_expected(expected: object, options: dict[str, Any]) -> str:
    """What is no letter, or not one of them."""
    letters = options.get("letters", LETTERS)
    if isinstance(expected, str | int) and str(expected).strip().upper() in set(letters):
        return ""
    return f"must be one of the letters {letters}"


def as_expected(answer: object, options: dict[str, Any]) -> object:
    """The letter that it chooses. Raises `CannotScore`."""
    chosen = _chosen(text(answer), options.get("letters", LETTERS))
    if chosen is None:
        raise CannotScore("the answer chooses no letter")
    return chosen


def _chosen(written: str, letters: str) -> str | None:
    plain = unicodedata.normalize("NFKC", written).strip()
    for form in _compiled(letters):
        if match := form.match(plain):
            return match[1].upper()
    return None


@lru_cache(maxsize=16)
def _compiled(letters: str) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(form.format(letters=letters)) for form in _FORMS)
