"""An answer as a text, and its words. Pure.

What is folded is compared as Unicode's NFKC_Casefold (UAX 31, 5.1), but raised and lowered digits
stay: 4² is not 42. Lines and spaces count as one space each, and minus signs and hyphens of every
kind as ``-``.
"""

from __future__ import annotations

import itertools
import json
import re
import unicodedata
from collections.abc import Callable

LONGEST = 1_000_000  # characters of an answer that are looked at

_GROUPED = re.compile(r"(?<=\d)[\u00a0\u2007\u2009\u202f](?=\d{3}(?!\d))")  # 4 000 in French
_INVISIBLE = re.compile(r"[\u00ad\u200b\u2060\ufeff]")
_HYPHENS = re.compile(r"[\u2010\u2011\u2212\ufe63\uff0d]")
_QUOTES = str.maketrans("\u2018\u2019\u02bc\u201c\u201d", "'''\"\"")
_SPACELESS = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff"
    "\U00020000-\U0003ffff]"  # Thai, Lao, Burmese, Khmer, kana, Han
)

_LETTER = rf"(?!{_SPACELESS.pattern})[^\W\d]"
_WORDS = re.compile(
    rf"{_SPACELESS.pattern}"
    r"|(?:(?<![\w.])[-+])?(?:\d+|(?<!\w)\.\d+)(?:[.,:/]\d+)*%?"
    rf"|{_LETTER}(?:(?!{_SPACELESS.pattern})[\w\u0300-\u036f\u0900-\u0dff]|'(?=[^\W\d]))*"
    r"|[^\w\s.,;:!?'\"()\[\]{}¿¡…。、，！？]"
)


def text(value: object) -> str:
    """A value as people write it: numbers as in JSON, nothing for null, a list of one as its item.

    Other lists and objects are JSON.
    """
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    if isinstance(value, str):
        return value[:LONGEST]
    return "" if value is None else json.dumps(value, ensure_ascii=False)[:LONGEST]


def several(expected: object) -> list[str]:
    """The texts of which each is right."""
    return [text(one) for one in expected] if isinstance(expected, list) else [text(expected)]


def fold(written: str, *, case: bool = False) -> str:
    """Without differences that mean nothing; with ``case``, capitals differ."""
    plain = _HYPHENS.sub("-", _INVISIBLE.sub("", _GROUPED.sub("", written)))
    folded = _compatible(plain)
    if not case:
        folded = _compatible(folded.casefold())
    return " ".join(folded.translate(_QUOTES).split())


def words(written: str) -> list[str]:
    """The words of a folded text: ``-4``, ``4.5``, ``4%`` and ``can't`` are one each.

    Of scripts without spaces each character is one, and so is each sign but punctuation.
    """
    return _WORDS.findall(fold(written))


def is_word(character: str) -> bool:
    """Whether it is part of a word: a letter, a digit, a mark on one, or an underscore."""
    return character.isalnum() or character == "_" or unicodedata.category(character)[0] == "M"


def is_numeral(character: str) -> bool:
    """Whether it counts: 4, ², ½, and 四, too."""
    return unicodedata.numeric(character, None) is not None


def joins(left: str, right: str) -> bool:
    """Whether two characters beside each other are in one word."""
    if not (is_word(left) and is_word(right)):
        return False
    if is_numeral(left) and is_numeral(right):
        return True
    return not (_SPACELESS.match(left) or _SPACELESS.match(right))


def _compatible(written: str) -> str:
    runs = itertools.groupby(written, key=_is_raised)
    return "".join(
        "".join(run) if raised else unicodedata.normalize("NFKC", "".join(run))
        for raised, run in runs
    )


def _is_raised(character: str) -> bool:
    return unicodedata.decomposition(character).startswith(("<super>", "<sub>"))


def best(answer: str, expected: object, compare: Callable[[str, str], float]) -> float:
    """How near it comes to the nearest of what is right."""
    return max(compare(answer, one) for one in several(expected))
