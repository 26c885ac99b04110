"""Where a condition stops to hold, by halving."""

from __future__ import annotations

from collections.abc import Callable


def last_true(holds: Callable[[float], bool], low: float, high: float, halvings: int = 50) -> float:
    """The largest value between ``low`` and ``high`` at which ``holds`` is true, from below.

    ``holds`` is true up to some value and false above it. The answer is ``low`` where it never
    holds, and never above the true value; the bounds themselves are not asked.
    """
    for _ in range(halvings):
        middle = (low + high) / 2
        low, high = (middle, high) if holds(middle) else (low, middle)
    return low
