"""What ModelInfer answers, out of gRPC's frame."""

from __future__ import annotations

import struct
from typing import Any

import pytest

from argosy.rollout.grpc_answers import outputs
from argosy_runner.protocols.open_inference.messages import CLASSES


def framed(answer: Any, compressed: int = 0) -> bytes:
    data = answer.SerializeToString()
    return struct.pack(">BI", compressed, len(data)) + bytes(data)


def answer(*outputs: dict[str, Any], raw: tuple[bytes, ...] = ()) -> Any:
    made = [CLASSES["ModelInferResponse.InferOutputTensor"](**one) for one in outputs]
    return CLASSES["ModelInferResponse"](outputs=made, raw_output_contents=raw)


def test_outputs_are_read_in_raw_bytes() -> None:
    given = answer(
        {"name": "p", "datatype": "FP32", "shape": [1, 2]},
        {"name": "label", "datatype": "BYTES", "shape": [1]},
        raw=(struct.pack("<2f", 0.25, 0.75), struct.pack("<I", 3) + b"cat"),
    )
    assert outputs(framed(given)) == {"p": [0.25, 0.75], "label": ["cat"]}


def test_outputs_are_read_in_the_fields_of_their_types() -> None:
    contents = CLASSES["InferTensorContents"](int64_contents=[7, 8])
    given = answer({"name": "n", "datatype": "INT64", "shape": [2], "contents": contents})
    assert outputs(framed(given)) == {"n": [7, 8]}


@pytest.mark.parametrize(
    ("body", "why"),
    [
        (b"", "no message"),
        (framed(answer(), compressed=1), "compressed"),
        (framed(answer()) * 2, "not one message"),
        (struct.pack(">BI", 0, 2) + b"\xff\xff", "no ModelInferResponse"),
        (framed(answer(raw=(b"1",))), "1 raw_output_contents for 0 outputs"),
        (
            framed(answer({"name": "p", "datatype": "FP32", "shape": [2]}, raw=(b"1",))),
            "output|input",
        ),
    ],
)
def test_what_is_no_such_answer_is_said(body: bytes, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        outputs(body)
