from __future__ import annotations

from typing import Any

import pytest

from argosy_runner.protocols.open_inference.kinds import JSON, Kind, answer_kinds, kind_of

POINT = {"object": {"name": "Point", "fields": {"x": {"type": "int", "required": True}}}}
LOOSE = {"object": {"name": "Loose", "fields": {"x": {"type": "int", "required": False}}}}
VAGUE = {"object": {"name": "Vague", "fields": {"x": {"type": "any", "required": True}}}}
EMPTY: Any = {"object": {"name": "Empty", "fields": {}}}


@pytest.mark.parametrize(
    ("description", "kind"),
    [
        ("null", JSON),
        ({"list": "str"}, Kind("BYTES", 1)),
        ({"list": {"list": "int"}}, Kind("INT64", 2)),
        ({"list": "any"}, JSON),
        ({"list": {"dict": "int"}}, JSON),
        ({"union": ["int", "float", "null"]}, Kind("FP64")),
        ({"union": ["int", "str"]}, JSON),
        ({"literal": ["a", "b"]}, Kind("BYTES")),
        ({"literal": [1, "b"]}, JSON),
        ({"literal": [1, None]}, JSON),
    ],
)
def test_a_hint_says_what_a_row_is(description: Any, kind: Kind) -> None:
    assert kind_of(description) == kind


@pytest.mark.parametrize(
    ("description", "kinds"),
    [
        ("str", {"output": Kind("BYTES")}),
        ("bytes", {"output": Kind("BYTES")}),
        ("null", {"output": JSON}),
        ({"list": {"list": "int"}}, {"output": Kind("INT64", 2)}),
        ({"list": POINT}, {"output": JSON}),
        ({"list": {"list": {"dict": "any"}}}, {"output": JSON}),
        ({"union": ["int", "float"]}, {"output": Kind("FP64")}),
        ({"literal": ["a", "b"]}, {"output": Kind("BYTES")}),
        (POINT, {"x": Kind("INT64")}),
        (EMPTY, {"output": JSON}),
        ("any", {}),
        ({"list": "any"}, {}),
        ({"dict": "int"}, {}),
        ({"union": ["int", "null"]}, {}),
        ({"union": ["int", "str"]}, {}),
        ({"literal": [1, "b"]}, {}),
        (LOOSE, {}),
        (VAGUE, {}),
    ],
)
def test_a_hint_says_what_an_answer_will_be_or_nothing(description: Any, kinds: Any) -> None:
    assert answer_kinds(description) == kinds
