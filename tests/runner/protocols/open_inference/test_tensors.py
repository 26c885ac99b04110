from __future__ import annotations

import json
import math
import struct
from typing import Any

import ml_dtypes
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tritonclient import utils as triton

from argosy_runner.problems import Problem
from argosy_runner.protocols.open_inference.tensors import (
    DATATYPES,
    Tensor,
    from_json,
    from_raw,
    join,
    split,
)
from argosy_runner.signatures.elements import SIZES

FIXED = [name for name in DATATYPES if name != "BYTES"]
NUMPY = {
    "BOOL": "bool", "FP16": "float16", "FP32": "float32", "FP64": "float64",
    "BF16": ml_dtypes.bfloat16,
}  # fmt: skip

shapes = st.lists(st.integers(0, 4), max_size=4)


def kind(datatype: str) -> Any:
    return np.dtype(NUMPY.get(datatype, datatype.lower()))


@st.composite
def arrays(draw: st.DrawFn) -> tuple[str, list[int], bytes]:
    """A datatype, a shape, and bytes that fit; of BOOL only 0 and 1."""
    datatype, shape = draw(st.sampled_from(FIXED)), draw(shapes)
    size = math.prod(shape) * SIZES[DATATYPES[datatype]]
    raw = draw(st.binary(min_size=size, max_size=size))
    return datatype, shape, bytes(each & 1 for each in raw) if datatype == "BOOL" else raw


@given(arrays())
def test_raw_bytes_are_the_values_that_numpy_reads(array: tuple[str, list[int], bytes]) -> None:
    datatype, shape, raw = array
    tensor = from_raw("x", datatype, shape, raw)
    values = np.frombuffer(raw, kind(datatype)).astype(
        "float32" if datatype == "BF16" else kind(datatype)
    )
    assert np.array_equal(
        np.array(tensor.values, values.dtype),
        values,
        equal_nan="FP" in datatype or "F16" in datatype,
    )
    again = Tensor("x", datatype, shape, values=tensor.values)
    if not any(map(math.isnan, tensor.values)):  # a NaN may change its payload
        assert bytes(again.raw) == raw


@given(arrays())
def test_what_json_says_comes_back_flat_and_nested(array: tuple[str, list[int], bytes]) -> None:
    datatype, shape, raw = array
    tensor = from_raw("x", datatype, shape, raw)
    if not all(map(math.isfinite, tensor.values)):
        with pytest.raises(Problem, match="NaN or infinity"):
            tensor.json()
        return
    flat = tensor.json()
    assert bytes(from_json("x", datatype, shape, flat).raw) == raw
    nested = np.array(tensor.values, object).reshape(shape).tolist()
    text = json.dumps(nested).encode()
    assert bytes(from_json("x", datatype, shape, text).raw) == raw


@given(arrays(), st.data())
def test_bytes_that_were_cut_or_go_on_are_refused(
    array: tuple[str, list[int], bytes], data: st.DataObject
) -> None:
    datatype, shape, raw = array
    longer = raw + data.draw(st.binary(min_size=1, max_size=9))
    shorter = raw[: data.draw(st.integers(0, len(raw) - 1))] if raw else longer
    for wrong in (longer, shorter):
        with pytest.raises(Problem, match=f"input 'x': {datatype} of shape") as caught:
            from_raw("x", datatype, shape, wrong)
        assert caught.value.status == 400


@given(st.lists(st.binary(max_size=20), min_size=1), st.data())
def test_elements_that_were_cut_or_go_on_are_refused(
    elements: list[bytes], data: st.DataObject
) -> None:
    raw = join(elements)
    cut = raw[: data.draw(st.integers(0, len(raw) - 1))]
    longer = raw + data.draw(st.binary(min_size=1, max_size=9))
    for wrong in (cut, longer):
        with pytest.raises(Problem, match="input 'x': "):
            from_raw("x", "BYTES", [len(elements)], wrong)


@given(st.lists(st.floats(width=32, allow_infinity=False, allow_nan=False)))
def test_bfloat16_is_rounded_as_others_round_it(values: list[float]) -> None:
    wanted = np.array(values, "float32").astype(ml_dtypes.bfloat16).tobytes()
    assert bytes(Tensor("x", "BF16", [len(values)], values=values).raw) == wanted


@given(st.lists(st.binary(max_size=20)))
def test_bytes_have_the_form_that_tritonclient_gives_them(elements: list[bytes]) -> None:
    array = np.array(elements, object)
    serialized = triton.serialize_byte_tensor(array) if elements else None
    wanted = serialized.item() if serialized is not None else b""
    assert Tensor("x", "BYTES", [len(elements)], values=elements).raw == wanted
    assert from_raw("x", "BYTES", [len(elements)], wanted).values == elements


@given(st.binary(max_size=40), st.integers(0, 5))
def test_lengths_that_lie_are_refused(raw: bytes, count: int) -> None:
    caught: Problem | None = None
    elements: list[bytes] = []
    try:
        elements = split("x", raw, count)
    except Problem as problem:
        caught = problem
    if caught is not None:
        assert caught.status == 400
        assert "'x'" in caught.detail
    else:
        assert b"".join(struct.pack("<I", len(each)) + each for each in elements) == raw
        assert len(elements) == count


@pytest.mark.parametrize(
    ("datatype", "shape", "text", "detail"),
    [
        ("FP32", [2], "[1]", "has 2 elements, not 1"),
        ("FP32", [2, 2], "[[1, 2], [3]]", "lists of 1, 2 where shape [2, 2] has 2"),
        ("FP32", [2, 2], "[[1, 2]]", "lists of 1 where shape [2, 2] has 2"),
        ("FP32", [4], "[[1, 2], [3, 4]]", "data[0]: expected float, got array"),
        ("FP32", [1], '["1"]', "data[0]: expected float, got str"),
        ("FP32", [1], "[1e39]", "data[0]: expected float <= 3.4"),
        ("FP32", [1], "[NaN]", "data: "),
        ("FP16", [1], "[65505]", "data[0]: expected float <= 65504"),
        ("BF16", [1], "[3.4e38]", "data[0]: expected float <= 3.38"),
        ("INT8", [1], "[128]", "data[0]: expected int <= 127"),
        ("UINT64", [1], "[18446744073709551616]", ""),
        ("INT32", [1], "[1.5]", "data[0]: expected int, got float"),
        ("BOOL", [1], "[1]", "data[0]: expected bool, got int"),
        ("BYTES", [1], "[1]", "data[0]: expected str, got int"),
        ("FP8", [1], "[1]", "datatype is one of BOOL"),
        ("FP32", [1] * 33, "[1]", "33 dimensions"),
        ("FP32", [-1], "[1]", "a negative size"),
        ("FP32", [2**40, 0], "[]", "too large"),
        ("FP32", [1, 0, 2**62], "[]", "too large"),
        ("FP32", [1, 1], "[" * 100_000, "data"),
    ],
)
def test_what_is_no_such_tensor_is_a_400_that_names_it(
    datatype: str, shape: list[int], text: str, detail: str
) -> None:
    with pytest.raises(Problem) as caught:
        assert from_json("x", datatype, shape, text.encode()).raw
    assert caught.value.status == 400
    assert "input 'x'" in caught.value.detail
    assert detail in caught.value.detail


@pytest.mark.parametrize("text", ["5", " 5", "[5]"])
def test_a_tensor_without_dimensions_is_one_number(text: str) -> None:
    assert from_json("x", "INT64", [], text.encode()).values == [5]


def test_bytes_that_do_not_match_the_shape_are_refused() -> None:
    with pytest.raises(Problem, match=r"FP32 of shape \[2, 3\] takes 24 bytes, not 25"):
        from_raw("x", "FP32", [2, 3], bytes(25))
    with pytest.raises(Problem, match="a byte of BOOL is 0 or 1"):
        from_raw("x", "BOOL", [2], b"\x01\x02")


def test_texts_are_utf_8() -> None:
    with pytest.raises(Problem, match="output 'x' is not UTF-8"):
        Tensor("x", "BYTES", [1], values=[b"\xff"]).json()
    assert Tensor("x", "BYTES", [1], values=["é".encode()]).json() == '["é"]'.encode()
