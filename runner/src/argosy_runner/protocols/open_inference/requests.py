"""Bodies of ``infer`` over REST: JSON, and after it the bytes of binary tensors. No I/O here.

Triton's binary tensor data extension: ``Inference-Header-Content-Length`` says where the JSON ends,
``binary_data_size`` how many of the bytes that follow belong to an input, in the order of inputs.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import Annotated

import msgspec

from argosy_runner.problems import NOT_JSON, Problem
from argosy_runner.protocols.open_inference.inference import Inquiry, refuse_unserved
from argosy_runner.protocols.open_inference.tensors import Tensor, from_json, from_raw, wrong
from argosy_runner.signatures import misfit

MOST_DIGITS = 20
"""Of a length; Python refuses to read numbers of thousands."""

Parameters = dict[str, bool | int | float | str]
Size = Annotated[int, msgspec.Meta(ge=0)]


class Input(msgspec.Struct, frozen=True):
    """One of ``inputs``."""

    name: str
    shape: list[Size]
    datatype: str
    parameters: Parameters = {}
    data: msgspec.Raw | msgspec.UnsetType = msgspec.UNSET


class Output(msgspec.Struct, frozen=True):
    """One of ``outputs``: an output that is wanted."""

    name: str
    parameters: Parameters = {}


class Body(msgspec.Struct, frozen=True):
    """The JSON. Members that nobody here knows are ignored."""

    inputs: list[Input]
    id: str = ""
    parameters: Parameters = {}
    outputs: list[Output] = []


@dataclass(frozen=True)
class Request:
    """What is asked, and which outputs are wanted as bytes: ``binary`` names those that differ."""

    inquiry: Inquiry
    binary_by_default: bool
    binary: dict[str, bool]

    def is_binary(self, output: str) -> bool:
        """Whether this output goes as bytes."""
        return self.binary.get(output, self.binary_by_default)


decode = msgspec.json.Decoder(Body).decode


def parse(body: bytes, header_length: bytes) -> Request:
    """``header_length`` is that header's value, empty without it. Raises `Problem` 400."""
    end = _end_of_json(body, header_length)
    try:
        told = decode(body if end == len(body) else memoryview(body)[:end])
    except msgspec.ValidationError as error:
        raise Problem(400, misfit(error)) from None
    except RecursionError:
        raise Problem(400, "the JSON is nested too deeply") from None
    except NOT_JSON as error:
        raise Problem(400, f"the body is not JSON: {error}") from None
    wanted: dict[str, bool] = {}
    names = []
    for output in told.outputs:
        names.append(output.name)
        refuse_unserved(f"output {output.name!r}", output.parameters)
        if "binary_data" in output.parameters:
            wanted[output.name] = output.parameters["binary_data"] is True
    inquiry = Inquiry(
        told.id, _tensors(told.inputs, memoryview(body)[end:]), names, told.parameters
    )
    return Request(inquiry, told.parameters.get("binary_data_output") is True, wanted)


def inflate(body: bytes, encoding: bytes, most: int) -> bytes:
    """The body that was compressed. Raises `Problem` 400, 413 and 415."""
    if encoding not in {b"gzip", b"deflate"}:
        shown = encoding.decode("latin-1")
        raise Problem(415, f"content-encoding is gzip or deflate, not {shown!r}")
    inflater = zlib.decompressobj(wbits=zlib.MAX_WBITS | 32)  # the header says which of the two
    try:
        found = inflater.decompress(body, most + 1)
    except zlib.error as error:
        raise Problem(400, f"the body is not {encoding.decode()}: {error}") from None
    if len(found) > most:
        raise Problem(413, f"a body may have {most} bytes at most")
    if not inflater.eof:
        raise Problem(400, f"the {encoding.decode()} body is cut off")
    return found


def _end_of_json(body: bytes, header_length: bytes) -> int:
    if not header_length:
        return len(body)
    digits = header_length.isdigit() and len(header_length) <= MOST_DIGITS
    end = int(header_length) if digits else -1
    if not 0 <= end <= len(body):
        shown = header_length[:MOST_DIGITS].decode("latin-1")
        text = f"inference-header-content-length is {shown!r}, and the body has {len(body)} bytes"
        raise Problem(400, text)
    return end


def _tensors(inputs: list[Input], rest: memoryview) -> list[Tensor]:
    """Raises `Problem` 400 also for bytes that belong to none of them."""
    found, start = [], 0
    for each in inputs:
        refuse_unserved(f"input {each.name!r}", each.parameters)
        size = each.parameters.get("binary_data_size")
        if size is None:
            if each.data is msgspec.UNSET:
                raise wrong(each.name, "it has neither data nor binary_data_size")
            found.append(from_json(each.name, each.datatype, each.shape, bytes(each.data)))
            continue
        if each.data is not msgspec.UNSET:
            raise wrong(each.name, "it has both data and binary_data_size")
        if (
            not isinstance(size, int)
            or isinstance(size, bool)
            or not 0 <= size <= len(rest) - start
        ):
            text = f"binary_data_size is {size!r}, and {len(rest) - start} bytes are left"
            raise wrong(each.name, text)
        data = rest[start : start + size]
        found.append(from_raw(each.name, each.datatype, each.shape, data))
        start += size
    if start != len(rest):
        text = f"{len(rest) - start} bytes after the last binary input"
        raise Problem(400, text)
    return found
