"""How many items a gate needs, and whether it can pass at all."""

from __future__ import annotations

import math
from collections.abc import Callable
from statistics import NormalDist
from typing import Literal

from argosy.rollout.bisection import last_true
from argosy.rollout.evidence import e_values

Test = Literal["e-process", "one-look"]

MOST = 10**9
SHOWN_DIGITS = 2  # of the margin that a refusal proposes


def refusal(items: int, margin: float, confidence: float, test: Test) -> str:
    """Why so many items can never show the margin, with what to do; empty if they can."""
    needed = fewest(margin, confidence, test)
    if items >= needed:
        return ""
    why = (
        f"{_counted(items)} can never show a margin of {margin:g}: even where nothing differs,"
        f" the test {test} with confidence {confidence:g} needs {needed}."
    )
    ways = [f"Add {_counted(needed - items)}"]
    if items and (wider := smallest_margin(items, confidence, test)) < 1:
        ways.append(f"allow a margin of {wider:g}")
    if test == "e-process" and items >= fewest(margin, confidence, "one-look"):
        ways.append("plan a single look (test: one-look)")
    return f"{why} {', or '.join(ways)}."


def fewest(margin: float, confidence: float, test: Test) -> int:
    """The items below which the gate cannot pass, reached where no item differs.

    For one look the exact bound counts, (1 - margin)ⁿ ≤ α: with so few lost items the score test
    alone is too easily content.
    """
    return _first(lambda items: _passes(items, margin, confidence, test))


def smallest_margin(items: int, confidence: float, test: Test) -> float:
    """The margin that so many items can show where none differs, rounded up to two digits.

    ``items`` is 1 at least; 1 is answered where there is none below.
    """
    low = last_true(lambda margin: not _passes(items, margin, confidence, test), 0.0, 1.0)
    step = 10.0 ** (math.floor(math.log10(low)) - SHOWN_DIGITS + 1)
    return float(f"{math.ceil(low / step) * step:.{SHOWN_DIGITS}g}")


def items_needed(
    margin: float, differing: float, confidence: float, test: Test, power: float = 0.8
) -> int | None:
    """The items with which revisions that are equally good pass with probability ``power``.

    ``differing`` is the share of items on which one is right and the other is not. For one look
    (z_α + z_β)² differing / margin². For the e-process the items at which E still reaches its
    bound with as many lost items as chance brings in 1 - power of all rollouts; as E may reach it
    earlier, too, that is rather too many (for 80 %, 88 % of simulated rollouts pass). Never less
    than `fewest`. None where a billion is not enough: for a share of more than about 40 margins
    even the smallest bet of the e-process is too large.
    """
    normal = NormalDist()
    z = normal.inv_cdf(power)
    least = fewest(margin, confidence, test)
    if test == "one-look":
        both = normal.inv_cdf(confidence) + z
        return max(least, math.ceil(both * both * differing / margin**2))

    def enough(items: int) -> bool:
        differ = items * differing
        lost = min(differ, (differ + z * math.sqrt(differ)) / 2)
        return e_values(items - differ, differ - lost, lost, margin)[0] >= 1 / (1 - confidence)

    return max(least, _first(enough)) if enough(MOST) else None


def _passes(items: int, margin: float, confidence: float, test: Test) -> bool:
    """Whether so many items pass where none differs."""
    rare = 1 - confidence
    if test == "one-look":
        return (1 - margin) ** items <= rare
    return e_values(items, 0, 0, margin)[0] >= 1 / rare


def _counted(items: int) -> str:
    return "1 item" if items == 1 else f"{items} items"


def _first(enough: Callable[[int], bool]) -> int:
    """The smallest number that is enough, where every larger one is, too."""
    high = 1
    while not enough(high):
        high *= 2
    low = high // 2
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle, high)
    return high
