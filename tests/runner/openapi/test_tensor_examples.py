from __future__ import annotations

from typing import Any

import pytest

from argosy_runner.calls import Method
from argosy_runner.openapi import tensor_examples
from argosy_runner.protocols.open_inference.inference import adapter
from argosy_runner.signatures.tensors import Tensors
from argosy_runner.signatures.values import Values
from argosy_runner.signatures.vectors import Vectors

PATIENT = {
    "object": {
        "name": "Patient",
        "fields": {
            "age": {"type": "int", "required": True},
            "photo": {"type": {"union": ["bytes", "null"]}, "required": False},
            "notes": {"type": {"dict": "str"}, "required": False},
        },
    }
}


def made(signature: Any, **documentation: Any) -> Any:
    """Its tensors, each as (name, datatype, shape, data)."""
    method = Method("predict", signature)
    asked = adapter(method, documentation)
    body = tensor_examples.request(method, asked, documentation)
    return body and [tuple(each.values()) for each in body["inputs"]]


@pytest.mark.parametrize(
    ("description", "example", "tensors"),
    [
        ("str", "a", [("input", "BYTES", [1], ["a"])]),
        ("float", 2, [("input", "FP64", [1], [2])]),
        (
            {"list": {"list": "int"}},
            [[1, 2], [3, 4]],
            [("input", "INT64", [1, 2, 2], [1, 2, 3, 4])],
        ),
        ({"list": "float"}, [], [("input", "FP64", [1, 0], [])]),
        ({"dict": "int"}, {"a": 1}, [("input", "BYTES", [1], ['{"a":1}'])]),
        ({"union": ["str", "null"]}, None, None),
        (
            PATIENT,
            {"age": 3, "photo": "Ynl0ZXM=", "notes": {"a": "b"}, "made": 1},
            [
                ("age", "INT64", [1], [3]),
                ("photo", "BYTES", [1], ["bytes"]),
                ("notes", "BYTES", [1], ['{"a":"b"}']),
            ],
        ),
        (PATIENT, {"age": 3, "photo": None}, [("age", "INT64", [1], [3])]),
        (PATIENT, {"age": 3, "photo": "/w=="}, None),
        (PATIENT, {"age": "three"}, None),
        (PATIENT, 3, None),
        ("any", [1, 2], [("input", "INT64", [1, 2], [1, 2])]),
        ("any", {"a": [1.5], "b": "c"}, [("a", "FP64", [1, 1], [1.5]), ("b", "BYTES", [1], ["c"])]),
        ("any", {"input": 1}, None),
        ("any", {}, None),
        ("any", [1, "a"], None),
        ("any", {"a": None}, None),
    ],
)
def test_a_models_own_example_becomes_tensors_where_it_can(
    description: Any, example: Any, tensors: Any
) -> None:
    assert made(Values(description), example=example) == tensors


@pytest.mark.parametrize(
    ("description", "tensors"),
    [
        ("any", [("input", "BYTES", [1], ["text"])]),
        ("bytes", [("input", "BYTES", [1], ["some bytes"])]),
        (PATIENT, [("age", "INT64", [1], [1])]),
        ({"list": {"literal": ["a", "b"]}}, [("input", "BYTES", [1, 1], ["a"])]),
    ],
)
def test_without_one_it_is_the_plainest_value_of_the_hint(description: Any, tensors: Any) -> None:
    assert made(Values(description)) == tensors


def test_files_and_texts_are_bytes() -> None:
    assert made(Values("bytes"), example_bytes="abc") == [("input", "BYTES", [1], ["abc"])]
    assert made(Values("any"), example_bytes="abc") is None
    assert made(Vectors()) == [("input", "BYTES", [2], ["a text", "another"])]


@pytest.mark.parametrize(("size", "exists"), [(100, True), (200, False)])
def test_a_very_long_row_of_a_graph_is_left_out(size: int, exists: bool) -> None:
    tensor = {"name": "x", "type": "bool", "shape": [size, size]}
    found = made(Tensors({"inputs": [tensor], "outputs": [tensor]}))
    assert (found is not None) == exists
