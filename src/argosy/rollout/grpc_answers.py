"""The tensors of an answer to the Open Inference Protocol's ModelInfer, as gRPC carries it. No I/O.

The framing is that of https://github.com/grpc/grpc/blob/master/doc/PROTOCOL-HTTP2.md: a byte that
says whether the message is compressed, its length, itself.
"""

from __future__ import annotations

import struct
from typing import Any

from argosy_runner.problems import Problem
from argosy_runner.protocols.open_inference.contents import FIELDS
from argosy_runner.protocols.open_inference.messages import SERVICE, message
from argosy_runner.protocols.open_inference.tensors import from_raw

PATH = f"/{SERVICE}/ModelInfer"
FRAME = struct.Struct(">BI")


def outputs(body: bytes) -> dict[str, list[Any]]:
    """The elements of every output by its name, flat; bytes as text. Raises `ValueError`."""
    if len(body) < FRAME.size:
        raise ValueError("there is no message")
    compressed, length = FRAME.unpack_from(body)
    if compressed:
        raise ValueError("the message is compressed")
    if len(body) != FRAME.size + length:
        raise ValueError("it is not one message")
    try:
        response = message("ModelInferResponse", body[FRAME.size :])
        raws = response.raw_output_contents
        if raws and len(raws) != len(response.outputs):
            raise ValueError(f"{len(raws)} raw_output_contents for {len(response.outputs)} outputs")
        return {
            one.name: _elements(one, raws[at] if raws else None)
            for at, one in enumerate(response.outputs)
        }
    except Problem as problem:
        raise ValueError(str(problem)) from problem


def _elements(output: Any, raw: bytes | None) -> list[Any]:
    if raw is None:
        field_name = FIELDS.get(output.datatype)
        found = list(getattr(output.contents, field_name)) if field_name else []
    else:
        found = from_raw(output.name, output.datatype, list(output.shape), raw).values
    return [one.decode(errors="replace") if isinstance(one, bytes) else one for one in found]
