"""Numbers in texts. Pure."""

from __future__ import annotations

import re
from fractions import Fraction

from argosy.scorers.reading.texts import fold

LONGEST = 400  # characters of a number

_CURRENCY = re.compile(r"(?<=[-+])[$€£¥]")  # -$5
_PERCENT = re.compile(r"(?<=[0-9]) %")
_BETWEEN = re.compile(r"[\s=(){}\[\]\"'*_|<>~≈$€£¥`]+|:(?![0-9])|(?<![0-9]):")
_AFTER = ".,;:!?。，！？"
_NUMBER = re.compile(
    r"[-+]?([0-9]{1,3}(,[0-9]{3})+|[0-9]+)?(\.[0-9]+)?(?<=[0-9])(e[-+]?[0-9]{1,3})?(?P<percent>%)?"
)


def numbers(written: str) -> list[Fraction]:
    """Every number that stands alone: ``1,200.5``, ``-4``, ``1e3``; ``4%`` is 0.04.

    What could mean more than one is none: ``1.200,50``, ``3-4``, ``1/4``, ``2024-05-01``, ``v4``.
    """
    plain = _PERCENT.sub("%", _CURRENCY.sub("", fold(written).replace("\u2013", "-")))
    found = []
    for piece in _BETWEEN.split(plain):
        bare = piece.rstrip(_AFTER)
        if len(bare) <= LONGEST and (match := _NUMBER.fullmatch(bare)):
            value = Fraction(bare.replace(",", "").rstrip("%"))
            found.append(value / 100 if match["percent"] else value)
    return found
