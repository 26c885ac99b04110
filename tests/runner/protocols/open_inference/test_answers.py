from __future__ import annotations

import itertools
from typing import Any

import msgspec
import pytest

from argosy_runner.protocols.open_inference.answers import column, outputs
from argosy_runner.protocols.open_inference.kinds import JSON, Kind


@pytest.mark.parametrize(
    ("rows", "datatype", "shape"),
    [
        ([1, 2], "INT64", [2]),
        ([1, 2.5], "FP64", [2]),
        ([True], "BOOL", [1]),
        ([[[1], [2]]], "INT64", [1, 2, 1]),
        (["a"], "BYTES", [1]),
        ([True, 1], "BYTES", [2]),
        ([2**63], "BYTES", [1]),
        ([2**63, 1.5], "BYTES", [2]),
        ([[1], [1, 2]], "BYTES", [2]),
        ([[1], 1], "BYTES", [2]),
        ([1, [1]], "BYTES", [2]),
        ([None], "BYTES", [1]),
        ([{"a": 1}, {"b": 1}], "BYTES", [2]),
        ([{}], "BYTES", [1]),
        ([[], []], "FP64", [2, 0]),
    ],
)
def test_answers_alike_are_a_tensor_and_others_json_text(
    rows: Any, datatype: str, shape: list[int]
) -> None:
    (output,) = outputs(rows, {})
    assert (output.name, output.datatype, output.shape) == ("output", datatype, shape)
    assert len(output.values) == output.count
    is_text = isinstance(rows[0], str)
    if datatype == "BYTES" and not is_text:
        assert [msgspec.json.decode(each) for each in output.values] == rows


def test_an_object_within_an_object_is_json_text() -> None:
    inner = column("inner", [{"a": 1}, {"a": 2}])
    assert inner.values == [b'{"a":1}', b'{"a":2}']
    names = [each.name for each in outputs([{"x": 1, "inner": {"a": 1}}], {})]
    assert names == list(itertools.chain(["x"], ["inner"]))


@pytest.mark.parametrize(
    ("told", "rows", "datatype", "shape"),
    [
        (Kind("FP64"), [1, 2], "FP64", [2]),
        (Kind("FP64"), [2**63], "BYTES", [1]),
        (Kind("INT64", 2), [[], []], "INT64", [2, 0, 0]),
        (Kind("INT64", 1), [], "INT64", [0, 0]),
        (Kind("INT64", 1), [[1], [1, 2]], "BYTES", [2]),
        (Kind("INT64"), ["a"], "BYTES", [1]),
        (JSON, [[], []], "BYTES", [2]),
        (JSON, ["a"], "BYTES", [1]),
    ],
)
def test_answers_are_what_was_told_where_they_fit(
    told: Kind, rows: Any, datatype: str, shape: list[int]
) -> None:
    (output,) = outputs(rows, {"output": told})
    assert (output.name, output.datatype, output.shape) == ("output", datatype, shape)
    assert len(output.values) == output.count
    assert isinstance(output.raw, bytes)
