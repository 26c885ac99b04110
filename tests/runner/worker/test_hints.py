from __future__ import annotations

import dataclasses
import typing
from typing import Any, Dict, List, Literal, Optional, TypedDict, Union  # noqa: UP035

import pytest

from argosy_runner.worker import hints


@dataclasses.dataclass
class Point:
    x: float
    y: float = 0.0


@dataclasses.dataclass
class Line:
    points: list[Point]
    label: str | None = None


@dataclasses.dataclass
class Tree:
    children: list[Tree]


class Question(TypedDict):
    text: str
    context: list[str]


POINT = {
    "object": {
        "name": "Point",
        "fields": {
            "x": {"type": "float", "required": True},
            "y": {"type": "float", "required": False},
        },
    }
}


@pytest.mark.parametrize(
    ("hint", "description"),
    [
        (str, "str"),
        (int, "int"),
        (bytes, "bytes"),
        (None.__class__, "null"),
        (Any, "any"),
        (complex, "any"),
        (list, {"list": "any"}),
        (List[int], {"list": "int"}),  # noqa: UP006
        (list[list[float]], {"list": {"list": "float"}}),
        (dict, {"dict": "any"}),
        (Dict[str, bool], {"dict": "bool"}),  # noqa: UP006
        (dict[int, str], "any"),
        (Optional[str], {"union": ["str", "null"]}),  # noqa: UP045
        (Union[int, str], {"union": ["int", "str"]}),  # noqa: UP007
        (int | str, {"union": ["int", "str"]}),
        (Literal["a", "b"], {"literal": ["a", "b"]}),
        (Point, POINT),
        (list[Point], {"list": POINT}),
    ],
)
def test_a_hint_is_described(hint: object, description: object) -> None:
    assert hints.describe(hint) == description


def test_a_typed_dict_is_an_object() -> None:
    assert hints.describe(Question) == {
        "object": {
            "name": "Question",
            "fields": {
                "text": {"type": "str", "required": True},
                "context": {"type": {"list": "str"}, "required": True},
            },
        }
    }


def test_recursion_ends_in_any() -> None:
    fields = {"children": {"type": {"list": "any"}, "required": True}}
    assert hints.describe(Tree) == {"object": {"name": "Tree", "fields": fields}}


def test_dataclasses_are_built_at_any_depth() -> None:
    build = hints.builder(typing.Optional[Line])  # noqa: UP045
    assert build is not None
    assert build({"points": [{"x": 1}, {"x": 2, "y": 3}]}) == Line([Point(1), Point(2, 3)])
    assert build(None) is None
    assert hints.builder(list[int]) is None


def test_a_hint_that_cannot_be_evaluated_is_any() -> None:
    class Model:
        def predict(self, text: Missing) -> None:  # type: ignore[name-defined]  # noqa: F821
            pass

    assert hints.parameter_hint(Model().predict, "text") is Any
    assert hints.parameter_hint(Model().predict, "nothing") is Any
