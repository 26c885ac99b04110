from __future__ import annotations

from typing import Any

import msgspec
import pytest

from argosy_runner.problems import Problem
from argosy_runner.signatures.values import Values

POINT = {
    "object": {
        "name": "Point",
        "fields": {
            "x": {"type": "float", "required": True},
            "class": {"type": "int", "required": False},
        },
    }
}


@pytest.mark.parametrize(
    ("description", "text"),
    [
        ("any", b'{"a": [1]}'),
        ("str", b'"a"'),
        ("float", b"1"),
        ({"list": "int"}, b"[1, 2]"),
        ({"union": ["str", "null"]}, b"null"),
        ({"union": [POINT, {"dict": "int"}]}, b'{"anything": "goes"}'),
        ({"literal": ["a", "b"]}, b'"b"'),
        (POINT, b'{"x": 1, "class": 2}'),
        ({"list": "bytes"}, b'["aGk="]'),
        ({"union": ["bytes", "null"]}, b'"aGk="'),
    ],
)
def test_input_that_fits_goes_on_as_it_is(description: Any, text: bytes) -> None:
    assert Values(description).pack(msgspec.Raw(text), "$.input").parts == (text,)


@pytest.mark.parametrize(
    ("description", "text", "detail"),
    [
        ("str", b"1", "$.input: expected str, got int"),
        ({"list": "float"}, b'[1, 2, 3, "a"]', "$.input[3]: expected float, got str"),
        (POINT, b'{"x": "a"}', "$.input.x: expected float, got str"),
        (POINT, b"{}", "$.input: object missing required field x"),
        (POINT, b'{"x": 1, "z": 1}', "$.input: object contains unknown field z"),
        ({"literal": ["a"]}, b'"c"', "$.input: invalid enum value 'c'"),
        ("bytes", b'"c"', "$.input: this model takes a file"),
    ],
)
def test_input_that_does_not_fit_names_the_field(
    description: Any, text: bytes, detail: str
) -> None:
    with pytest.raises(Problem) as caught:
        Values(description).pack(msgspec.Raw(text), "$.input")
    assert caught.value.status == 422
    assert caught.value.detail.startswith(detail)


def test_a_file_is_taken_where_bytes_are_wanted_or_anything() -> None:
    for description in ("bytes", "any"):
        payload = Values(description).pack_bytes(b"file")
        assert Values(description).frame([payload]) == ({"sizes": [4], "raw": [0]}, [b"file"])
    with pytest.raises(Problem, match="takes str as JSON"):
        Values("str").pack_bytes(b"")


def test_answers_are_cut_by_their_sizes() -> None:
    errors = {"1": {"kind": "model", "type": "ValueError", "message": "bad"}}
    header = {"sizes": [1, 0, 4], "errors": errors}
    first, failed, third = Values("any").answers(header, b"1null", [])
    assert (first, third) == (b"1", b"null")
    assert isinstance(failed, Problem)
    assert failed.detail == "ValueError: bad"
