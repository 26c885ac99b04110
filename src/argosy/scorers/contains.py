"""The answer contains what is expected, whole: `4` is not in `14`, `-4`, `4.5`, `1/4` or `4%`.

`no` is not in `know`, `non-toxic` does not contain `toxic`, `C++` no `C`, `can't` no `can`.
Capital letters, spaces and forms of the same character do not matter. A list is several texts of
which one is enough. In scripts without spaces, such as Chinese, only numbers have bounds. A text
that denies what it contains (`not 4`) contains it all the same: `regex` or `choice` say more.

    {"input": "2 + 2?", "expected": "4"}
    scorer: contains
"""

from __future__ import annotations

from typing import Any

from argosy.scorers.reading.options import Truth, texts_expected
from argosy.scorers.reading.texts import fold, is_numeral, is_word, joins, several, text

OPTIONS = {
    "all": Truth("Of a list, all must be there."),
    "case": Truth("Capital letters differ."),
}

_SIGNS = "-+"
_AFTER_WORD = "-+#%"  # A-, C++, C#, 4% are more than their letter
_IN_NUMBERS = ".,:/^\u2044\u2013*"  # 4.5, 4,000, 4:30, 1/4, 10^4, 1–4


def score(answer: object, expected: object, options: dict[str, Any]) -> float:
    """1 or 0."""
    case = bool(options.get("case"))
    whole = fold(text(answer), case=case)
    found = (_contains(whole, fold(one, case=case)) for one in several(expected))
    return float(all(found) if options.get("all") else any(found))


def wrong_expected(expected: object, options: dict[str, Any]) -> str:
    """Every answer contains nothing."""
    if wrong := texts_expected(expected, options):
        return wrong
    return "" if all(fold(one) for one in several(expected)) else "is empty: every answer has that"


def _contains(whole: str, wanted: str) -> bool:
    at = whole.find(wanted) if wanted else -1  # characters without width fold to nothing
    while at >= 0:
        if _begins(whole, at, wanted) and _ends(whole, at + len(wanted), wanted):
            return True
        at = whole.find(wanted, at + 1)
    return False


def _begins(whole: str, at: int, wanted: str) -> bool:
    """Whether nothing before it belongs to it."""
    first, before = wanted[0], whole[at - 1 : at]
    if not before:
        return True
    if not is_word(first):
        signed = first in "-+.," and wanted[1:2].isdigit()
        return not (signed and (is_word(before) or before in "-.,"))
    if joins(before, first) or before == "-":
        return False
    if not is_numeral(first) or before not in _IN_NUMBERS:
        return True
    further = whole[at - 2 : at - 1]
    if before == ".":  # "end.4" and "...4" are no fractions, "=.4" and "3.4" are
        return further == "." or bool(further and is_word(further) and not is_numeral(further))
    return not (further and is_numeral(further))


def _ends(whole: str, end: int, wanted: str) -> bool:
    """Whether nothing behind it belongs to it."""
    last, after, further = wanted[-1], whole[end : end + 1], whole[end + 1 : end + 2]
    if not after:
        return True
    if not is_word(last):
        return last not in _SIGNS or after not in _SIGNS
    if joins(last, after) or after in _AFTER_WORD:
        return False
    if after == "'":
        return not further or not is_word(further) or _is_possessive(whole, end)
    if is_numeral(last) and after in _IN_NUMBERS:
        return not (further and is_numeral(further))
    return True


def _is_possessive(whole: str, end: int) -> bool:
    """Whether ``'s`` follows: Paris's, it's."""
    rest = whole[end + 1 : end + 3]
    return rest[:1].lower() == "s" and not is_word(rest[1:] or " ")
