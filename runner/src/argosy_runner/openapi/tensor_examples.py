"""An example of a request of tensors, which the model takes. No I/O here."""

from __future__ import annotations

import base64
import binascii
import math
from collections.abc import Sequence
from typing import Any

import msgspec

from argosy_runner.calls import Method
from argosy_runner.openapi.schemas import MOST_ZEROS, value_of
from argosy_runner.problems import Problem
from argosy_runner.protocols.open_inference import requests
from argosy_runner.protocols.open_inference.answers import alike, column
from argosy_runner.protocols.open_inference.kinds import Kind, fields_of, kind_of
from argosy_runner.protocols.open_inference.models import Adapter, Metadata
from argosy_runner.signatures.tensors import Tensors
from argosy_runner.signatures.values import Values

encode = msgspec.json.Encoder().encode
decode = msgspec.json.Decoder().decode

TEXTS = ["a text", "another"]
ZEROS: dict[str, Any] = {"BOOL": False, "BYTES": "", "FP16": 0.0, "FP32": 0.0, "FP64": 0.0}

Tensor = dict[str, Any]


def request(method: Method, asked: Adapter, documentation: dict[str, Any]) -> Any:
    """The body of an ``infer``; None where none that the model takes can be made."""
    signature = method.signature
    wanted: Any = msgspec.UNSET  # what a model without a hint must get
    found: list[Tensor] | None
    if isinstance(signature, Tensors):
        found = _zeros(asked.inputs)
    elif not isinstance(signature, Values):
        found = [_tensor("input", "BYTES", [len(TEXTS)], TEXTS)]
    elif signature.description == "bytes":
        text = documentation.get("example_bytes", "some bytes")
        found = [_tensor("input", "BYTES", [1], [text])]
    elif "example_bytes" in documentation:
        return None  # as an element of a tensor it would be a text
    else:
        value = documentation.get("example", value_of(signature.description))
        if signature.description == "any":
            wanted, found = value, _anything(value)
        else:
            found = _typed(signature.description, value)
    return _checked(found, asked, wanted) if found else None


def _checked(inputs: list[Tensor], asked: Adapter, wanted: Any) -> Any:
    """None for an example that is not what the hint says, or would not arrive as it is."""
    body = {"inputs": inputs}
    try:
        payloads = asked.payloads(requests.parse(encode(body), b"").inquiry.inputs)
    except Problem:
        return None
    if wanted is not msgspec.UNSET and decode(payloads[0].parts[0]) != wanted:
        return None
    return body


def _zeros(inputs: Sequence[Metadata]) -> list[Tensor] | None:
    """A row of a graph, sizes that are free being one; None where that would be very long."""
    shapes = [[1 if size < 0 else size for size in told.shape] for told in inputs]
    if sum(map(math.prod, shapes)) > MOST_ZEROS:
        return None
    return [
        _tensor(told.name, told.datatype, shape, [ZEROS.get(told.datatype, 0)] * math.prod(shape))
        for told, shape in zip(inputs, shapes, strict=True)
    ]


def _typed(description: Any, value: Any) -> list[Tensor] | None:
    """One input of a Python model: an object field by field."""
    fields = fields_of(description)
    if fields and not isinstance(value, dict):
        return None
    types = {name: field["type"] for name, field in fields.items()} or {"input": description}
    values = value if fields else {"input": value}
    found = [
        _column(name, values[name], kind_of(types[name]))
        for name in types
        if values.get(name) is not None or not fields
    ]
    tensors = [each for each in found if each is not None]
    return tensors if len(tensors) == len(found) else None


def _column(name: str, value: Any, kind: Kind) -> Tensor | None:
    if kind.is_json:
        return _tensor(name, "BYTES", [1], [encode(value).decode()])
    found = alike([value])
    if found is None:
        return None
    shape, elements = found
    if kind.is_binary:
        try:
            elements = [base64.b64decode(each, validate=True).decode() for each in elements]
        except (binascii.Error, TypeError, UnicodeDecodeError):
            return None
    return _tensor(name, kind.datatype, shape, elements)


def _anything(value: Any) -> list[Tensor]:
    """Of a model without a hint: an object by its keys."""
    values = value if isinstance(value, dict) and value else {"input": value}
    found = [column(name, [each]) for name, each in values.items()]
    return [
        _tensor(each.name, each.datatype, list(each.shape), decode(each.json())) for each in found
    ]


def _tensor(name: str, datatype: str, shape: list[int], data: Any) -> Tensor:
    return {"name": name, "datatype": datatype, "shape": shape, "data": data}
