"""Whether a model that takes a batch answers each of its rows as if it were alone.

Batching that drops, swaps or mixes rows gives callers each other's answers. So the examples are
asked alone and in batches of different makes before anybody else is answered.
"""

# zip has no `strict` on Python 3.8.
# ruff: noqa: B905

from __future__ import annotations

import json
import math
from typing import Any, Callable

from argosy_runner.worker import faults

RELATIVE = 1e-3
ABSOLUTE = 1e-4
"""How far numbers may differ: computing several rows at once rounds differently."""

COARSE = 2e-2
"""How far those of a model with 16-bit weights may, of the largest number beside them: such a
number has 8 or 11 significant bits, and what is nearly zero is the rest of large ones."""


def disagreement(
    alone: list[Any],
    again: Callable[[], list[Any]],
    together: Callable[[list[int]], list[Any]],
    rows: int,
    alike: Callable[[Any, Any], bool],
    show: Callable[[Any], str] = str,
) -> str:
    """What differs, in words, or nothing.

    ``alone`` are the answers to the examples one by one, and ``again`` asks so once more;
    ``together`` asks examples, chosen by number, in one batch. A model whose answers differ from
    one time to the next proves nothing, but must still answer every row. Raises what loses the GPU.
    """
    numbers = range(len(alone))
    full = [at % len(alone) for at in range(rows)]
    repeatable = all(alike(first, second) for first, second in zip(alone, again()))
    for chosen in (full, full[::-1], [*numbers][:rows], [0, 0]):
        if not 1 < len(chosen) <= rows:
            continue
        try:
            answers = together(chosen)
        except Exception as error:  # the model's code
            if faults.failure(error)["kind"] == "gpu":
                raise  # nothing can be computed in this process any more
            return f"a batch of {len(chosen)} failed: {type(error).__name__}: {error}"
        if len(answers) != len(chosen):
            return f"a batch of {len(chosen)} gives {len(answers)} answers"
        for place, (at, answer) in enumerate(zip(chosen, answers)):
            if repeatable and not alike(alone[at], answer):
                before, now = _short(show(alone[at])), _short(show(answer))
                return (
                    f"example {at + 1} gives {before} alone and {now} "
                    f"as row {place + 1} of a batch of {len(chosen)}"
                )
    return ""


def unbatched(warning: str, differ: str) -> str:
    """What else there was to say, and that the model is served row by row."""
    return "; ".join(filter(None, (warning, f"served unbatched: {differ}")))


def alike_json(first: bytes, second: bytes, tolerance: float | None = None) -> bool:
    """Whether two JSON texts say the same but for rounding.

    With a ``tolerance`` numbers of a list may differ by this part of the largest among them.
    """
    return first == second or _alike(json.loads(first), json.loads(second), tolerance)


def _alike(first: Any, second: Any, tolerance: float | None, largest: float = 0.0) -> bool:
    if isinstance(first, dict) and isinstance(second, dict):
        return first.keys() == second.keys() and all(
            _alike(first[key], second[key], tolerance) for key in first
        )
    if isinstance(first, list) and isinstance(second, list):
        largest = max((abs(each) for each in first if _is_number(each)), default=0.0)
        return len(first) == len(second) and all(
            _alike(one, other, tolerance, largest) for one, other in zip(first, second)
        )
    if _is_number(first) and _is_number(second):
        if tolerance is None:
            return math.isclose(first, second, rel_tol=RELATIVE, abs_tol=ABSOLUTE)
        return bool(abs(first - second) <= max(ABSOLUTE, tolerance * max(abs(first), largest)))
    return bool(first == second)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:60]}…"
