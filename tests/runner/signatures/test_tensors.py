from __future__ import annotations

import json
import struct
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from argosy_runner.problems import Problem
from argosy_runner.signatures import Payload
from argosy_runner.signatures.elements import SIZES
from argosy_runner.signatures.tensors import Tensors


def tensor(kind: str, *shape: int | None, name: str = "a") -> dict[str, Any]:
    return {"name": name, "type": kind, "shape": list(shape)}


def signature(*inputs: dict[str, Any], outputs: tuple[dict[str, Any], ...] = ()) -> Tensors:
    return Tensors({"inputs": inputs, "outputs": outputs})


def packed(made: Tensors, value: Any) -> Any:
    return made.pack(msgspec.json.decode(json.dumps(value), type=made.row_type), "$.input")


def test_a_row_is_its_bytes() -> None:
    made = signature(tensor("float32", 2, 2))
    assert packed(made, [[1, 2], [3, 4]]).parts == (struct.pack("=4f", 1, 2, 3, 4),)
    assert packed(signature(tensor("int64")), 7).parts == (struct.pack("=q", 7),)
    assert packed(signature(tensor("float16", 1)), [0.5]).parts == (struct.pack("=e", 0.5),)
    assert packed(signature(tensor("bool", 2)), [True, False]).parts == (bytes([1, 0]),)


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("float32", 1e39), ("float16", 70000.0), ("int8", 128), ("int8", -129), ("uint8", -1),
        ("uint64", -1), ("int32", 2**31), ("float32", "1"), ("bool", 1), ("int64", 1.5),
    ],
)  # fmt: skip
def test_a_value_outside_its_type_is_refused(kind: str, value: Any) -> None:
    with pytest.raises(msgspec.ValidationError):
        packed(signature(tensor(kind, 1)), [value])


def test_the_top_of_uint64_is_checked_when_packed() -> None:
    made = signature(tensor("uint64", 1))
    assert packed(made, [2**64 - 1]).parts == (bytes([255]) * 8,)
    with pytest.raises((Problem, msgspec.ValidationError)):
        packed(made, [2**64])


@pytest.mark.parametrize("value", [[1, 2, 3], [[1], [2]], 1, [[1, 2], [3]]])
def test_a_wrong_shape_is_refused(value: Any) -> None:
    with pytest.raises(msgspec.ValidationError):
        packed(signature(tensor("float32", 2, 2)), value)


def test_free_sizes_group_rows_and_ragged_rows_are_refused() -> None:
    made = signature(tensor("float32", None, 2))
    assert packed(made, [[1, 2]]).group == ((1, 2),)
    assert packed(made, [[1, 2], [3, 4]]).group == ((2, 2),)
    free = signature(tensor("float32", None, None))
    with pytest.raises(Problem, match=r"unequal length \[1, 2\]"):
        packed(free, [[1, 2], [3]])


def test_several_inputs_are_an_object_and_each_begins_aligned() -> None:
    made = signature(tensor("uint8", 3, name="a b"), tensor("float64", name="c"))
    rows = [packed(made, {"a b": [1, 2, 3], "c": 1.5}), packed(made, {"a b": [4, 5, 6], "c": 2})]
    header, parts = made.frame(rows)
    assert header == {"rows": 2, "shapes": ((3,), ()), "sizes": [6, 16]}
    assert b"".join(parts) == bytes([1, 2, 3, 4, 5, 6, 0, 0]) + struct.pack("=2d", 1.5, 2)


def test_texts_travel_as_json() -> None:
    made = signature(tensor("string", 2), outputs=(tensor("string", 2),))
    header, parts = made.frame([packed(made, ["a", "b"]), packed(made, ["c", "é"])])
    size = header["sizes"][0]
    body = b"".join(parts)[:size]
    assert json.loads(body) == ["a", "b", "c", "é"]
    assert answers(made, {"shapes": [[2, 2]], "sizes": [size]}, body) == [["a", "b"], ["c", "é"]]


@given(st.sampled_from(sorted(SIZES)), st.lists(st.integers(0, 3), max_size=3), st.integers(1, 3))
def test_what_is_packed_comes_back(kind: str, shape: list[int], rows: int) -> None:
    value: Any = True if kind == "bool" else 1
    for size in reversed(shape):
        value = [value] * size
    made = signature(tensor(kind, *shape), outputs=(tensor(kind, *shape),))
    header, parts = made.frame([packed(made, value)] * rows)
    size = header["sizes"][0]
    answer = {"shapes": [[rows, *shape]], "sizes": [size]}
    assert answers(made, answer, b"".join(parts)[:size]) == [value] * rows


def answers(made: Tensors, header: dict[str, Any], body: bytes) -> list[Any]:
    payloads = [Payload((), 0) for _ in range(header["shapes"][0][0])]
    found = made.answers(header, body, payloads)
    return [json.loads(made.json(each)) for each in found if not isinstance(each, Problem)]
