"""What a Python model says of itself, for ``/openapi.json``: docstrings, answers, an example."""

from __future__ import annotations

import inspect
import json
import sys
from typing import Any

from argosy_runner.worker import faults, hints, values

LONGEST_EXAMPLE = 20_000  # bytes of JSON
LONGEST_TEXT = 10_000


def describe(model: Any, functions: dict[str, Any], many: bool) -> dict[str, Any]:
    """``about`` the model or else its module, and each method: what it says, and ``returns``.

    Types are described by `hints`. ``many``: predict takes and returns lists. ``example`` is the
    first of the model's own as parsed JSON, ``example_bytes`` the same where it is bytes, as text.
    """
    about = text_of(type(model)) or text_of(sys.modules.get(type(model).__module__))
    found: dict[str, Any] = {"about": about, "methods": {}}
    for name, function in functions.items():
        lists = many and name == "predict"
        hint = hints.returned(hints.parameter_hint(function, "return"), lists)
        found["methods"][name] = {
            "about": text_of(function),
            "returns": hints.describe_answer(hint),
        }
    found.update(first_example(model))
    return found


def text_of(subject: Any) -> str:
    """Its own docstring."""
    text = getattr(subject, "__doc__", None)
    if not isinstance(text, str):
        return ""
    return faults.readable(inspect.cleandoc(text)[:LONGEST_TEXT])


def first_example(model: Any) -> dict[str, Any]:
    """Empty without one that JSON can carry and that is short."""
    try:
        example = next(iter(model.examples))
        if isinstance(example, bytes):
            return {"example_bytes": example.decode()} if len(example) <= LONGEST_EXAMPLE else {}
        text = values.encode(example)
        return {"example": json.loads(text)} if len(text) <= LONGEST_EXAMPLE else {}
    except Exception:  # noqa: BLE001  the model's own objects may do anything
        return {}
