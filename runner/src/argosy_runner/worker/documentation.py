"""What a Python model says of itself, for ``/openapi.json``: docstrings, answers, an example."""

from __future__ import annotations

import inspect
import json
import sys
from typing import Any

from argosy_runner.worker import hints, values

LONGEST_EXAMPLE = 20_000  # bytes of JSON
LONGEST_TEXT = 10_000


def describe(model: Any, functions: dict[str, Any], many: bool) -> dict[str, Any]:
    """``about`` the model or else its module, and for each method what it says and ``returns``, by `hints.describe`.

    ``many``: predict takes and returns lists. ``example`` is the first of the model's own, where
    JSON can carry it: bytes as text.
    """
    about = text_of(type(model)) or text_of(sys.modules.get(type(model).__module__))
    found: dict[str, Any] = {"about": about, "methods": {}}
    for name, function in functions.items():
        lists = many and name == "predict"
        hint = hints.returned(hints.parameter_hint(function, "return"), lists)
        found["methods"][name] = {"about": text_of(function), "returns": hints.describe(hint)}
    example = first_example(model)
    if example is not None:
        found["example"] = example
    return found


def text_of(subject: Any) -> str:
    """Its own docstring, not that of a class it inherits from."""
    text = inspect.cleandoc(getattr(subject, "__doc__", None) or "")[:LONGEST_TEXT]
    return text.encode("utf-8", "replace").decode()


def first_example(model: Any) -> Any:
    """As parsed JSON; None without one that JSON can carry and that is short."""
    try:
        example = next(iter(model.examples))
        text = example if isinstance(example, bytes) else values.encode(example)
        if len(text) > LONGEST_EXAMPLE:
            return None
        return text.decode() if isinstance(example, bytes) else json.loads(text)
    except Exception:  # noqa: BLE001  the model's own objects may do anything
        return None
