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


@dataclasses.dataclass
class Photo:
    image: bytes
    mask: bytes | None = None
    words: bytes | str = ""


class Album(TypedDict, total=False):
    photos: list[Photo]
    cover: bytes


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


def test_a_class_that_holds_itself_is_built_as_deep_as_the_value() -> None:
    build = hints.builder(Tree)
    assert build is not None
    assert build({"children": [{"children": [{"children": []}]}]}) == Tree([Tree([Tree([])])])


def test_bytes_inside_an_object_are_base64_in_the_json() -> None:
    build = hints.builder(Album)
    assert build is not None
    photo = {"image": "aGk=", "mask": None, "words": "hi"}
    assert build({"photos": [photo], "cover": "AAE="}) == {
        "photos": [Photo(b"hi", None, "hi")],
        "cover": b"\x00\x01",
    }
    assert build({"cover": b"raw"}) == {"cover": b"raw"}, "an example of the model's own"
    each = hints.builder(list[bytes])
    assert each is not None
    assert each(["aGk=", ""]) == [b"hi", b""]
    assert hints.builder(bytes) is None, "the body itself"


@pytest.mark.parametrize(
    ("hint", "many", "one"),
    [
        (str, False, str),
        (list[str], False, list[str]),
        (list[str], True, str),
        (typing.Iterator[int], False, int),
        (typing.AsyncGenerator[str, None], False, str),
        (Any, True, Any),
        (dict, True, Any),
    ],
)
def test_what_one_answer_is(hint: object, many: bool, one: object) -> None:
    assert hints.returned(hint, many) == one


def test_a_hint_that_cannot_be_evaluated_is_any() -> None:
    class Model:
        def predict(self, text: Missing) -> None:  # type: ignore[name-defined]  # noqa: F821
            pass

    assert hints.parameter_hint(Model().predict, "text") is Any
    assert hints.parameter_hint(Model().predict, "nothing") is Any


def test_an_answer_has_every_field_of_its_dataclass() -> None:
    @dataclasses.dataclass
    class Mood:
        label: str = "good"
        words: int = dataclasses.field(default=0, init=False)

    fields = {
        "label": {"type": "str", "required": True},
        "words": {"type": "int", "required": True},
    }
    assert hints.describe_answer(list) == {"list": "any"}
    found: typing.Any = hints.describe_answer(Mood)
    assert found["object"]["fields"] == fields
    taken: typing.Any = hints.describe(Mood)
    assert list(taken["object"]["fields"]) == ["label"]
