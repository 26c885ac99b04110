from __future__ import annotations

import dataclasses
import datetime as dt
import enum
import json
from pathlib import Path
from typing import Any

import pytest

from argosy_runner.worker import values


@dataclasses.dataclass
class Point:
    x: int


class Colour(enum.Enum):
    RED = "red"


class Array:
    def tolist(self) -> list[int]:
        return [1, 2]


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, None),
        ({"a": (1, 2)}, {"a": [1, 2]}),
        ({3}, [3]),
        (Path("/a/b"), "/a/b"),
        (dt.date(2026, 1, 2), "2026-01-02"),
        (bytes([0, 255]), "AP8="),
        ([Point(1)], [{"x": 1}]),
        (Colour.RED, "red"),
        (Array(), [1, 2]),
        ("é", "é"),
    ],
)
def test_what_models_return_becomes_json(value: Any, text: Any) -> None:
    assert json.loads(values.encode(value)) == text


@pytest.mark.parametrize(
    ("value", "reason"),
    [
        (float("nan"), "NaN or infinity"),
        ([float("inf")], "NaN or infinity"),
        (object(), "a builtins.object cannot be JSON"),
        ((item for item in "a"), "a builtins.generator cannot be JSON"),
        (chr(0xD800), "not Unicode"),
    ],
)
def test_what_json_cannot_carry_is_said(value: Any, reason: str) -> None:
    with pytest.raises(values.BadOutput, match=reason):
        values.encode(value)
