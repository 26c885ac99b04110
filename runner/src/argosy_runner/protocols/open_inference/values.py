"""Python models: each element along the first dimension is one input. No I/O here.

What a model takes follows from its type hint. Numbers and lists of numbers are tensors, texts are
BYTES, an object is an input for each field; anything else is BYTES that hold JSON text. A model
without a hint takes any tensor named ``input`` as its value, and others as an object by their
names. What it gives is in `answers`.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from argosy_runner.calls import Method
from argosy_runner.problems import NOT_JSON, Problem
from argosy_runner.protocols.open_inference.answers import outputs
from argosy_runner.protocols.open_inference.kinds import Kind, answer_kinds, fields_of, kind_of
from argosy_runner.protocols.open_inference.models import Metadata, by_name, row_count
from argosy_runner.protocols.open_inference.tensors import Tensor, wrong
from argosy_runner.signatures import Payload
from argosy_runner.signatures.values import Values

encode = msgspec.json.Encoder().encode
decode = msgspec.json.Decoder().decode
raw = msgspec.json.Decoder(msgspec.Raw).decode


class Rows:
    """An adapter for what has `Values`. ``returns`` describes what the method's type hint says."""

    def __init__(self, method: Method, signature: Values, returns: Any = "any") -> None:
        self.method = method
        self._signature = signature
        description = signature.description
        fields = fields_of(description)
        self._fields = {name: kind_of(field["type"]) for name, field in fields.items()}
        self._required = [name for name, field in fields.items() if field["required"]]
        self._is_bytes = description == "bytes"
        self._kind = kind_of(description)
        self._other: Kind | None = None  # what inputs of any names are, where there may be such
        if description == "any":
            self._other = self._kind
        elif isinstance(description, dict) and "dict" in description:
            self._other = kind_of(description["dict"])
        kinds = self._fields or {"input": self._kind}
        self._told = answer_kinds(returns)
        self.inputs = _metadata(kinds)
        self.outputs = _metadata(self._told)

    def payloads(self, tensors: Sequence[Tensor]) -> list[Payload]:
        """A payload for each row."""
        if not tensors:
            raise wrong(self.inputs[0].name, "missing")
        if self._is_bytes:
            (tensor,) = by_name(tensors, ["input"]).values()
            if tensor.datatype != "BYTES":
                raise wrong("input", f"it is BYTES, not {tensor.datatype}")
            return [self._signature.pack_bytes(element) for element in tensor.values]
        count = row_count(tensors)
        columns = {name: _rows(tensor, kind) for name, tensor, kind in self._columns(tensors)}
        if not self._fields and list(columns) == ["input"]:
            texts = [encode(value) for value in columns["input"]]
        else:
            rows = zip(*columns.values(), strict=True)
            texts = [encode(dict(zip(columns, row, strict=True))) for row in rows]
        assert len(texts) == count
        return [self._pack(text, at) for at, text in enumerate(texts)]

    def results(self, answers: Sequence[bytes]) -> list[Tensor]:
        """What the answers are, row by row."""
        return outputs([decode(answer) for answer in answers], self._told)

    def _columns(self, tensors: Sequence[Tensor]) -> list[tuple[str, Tensor, Kind]]:
        """Raises `Problem` 400 for a wrong name."""
        if self._fields:
            given = by_name(tensors, list(self._fields))
            for name in self._required:
                if name not in given:
                    raise wrong(name, "missing")
            return [(name, tensor, self._fields[name]) for name, tensor in given.items()]
        names = ["input"] if self._other is None else [tensor.name for tensor in tensors]
        given = by_name(tensors, names)
        alone = list(given) == ["input"]
        kind = self._kind if alone or self._other is None else self._other
        return [(name, tensor, kind) for name, tensor in given.items()]

    def _pack(self, text: bytes, at: int) -> Payload:
        try:
            return self._signature.pack(text, f"row {at}")
        except Problem as problem:
            raise Problem(400, f"input, {problem.detail}") from None


def _metadata(kinds: Mapping[str, Kind]) -> list[Metadata]:
    return [Metadata(name, kind.datatype, kind.shape) for name, kind in kinds.items()]


def _rows(tensor: Tensor, kind: Kind) -> list[Any]:
    """The value of each row. Raises `Problem` 400."""
    sizes = list(tensor.shape[1:])
    if kind.is_json:
        if tensor.datatype != "BYTES" or any(size != 1 for size in sizes):
            raise wrong(tensor.name, "it is BYTES of shape [-1] that hold JSON text")
        return [_json(tensor.name, text) for text in tensor.values]
    if kind.is_binary and tensor.datatype == "BYTES":
        values: list[Any] = [base64.b64encode(value).decode() for value in tensor.values]
    elif tensor.datatype == "BYTES":
        values = tensor.texts()
    else:
        values = tensor.values
        if tensor.datatype in {"FP16", "BF16", "FP32", "FP64"} and b"null" in encode(values):
            raise wrong(
                tensor.name, "NaN and infinity cannot go to a Python model: JSON lacks them"
            )
    if kind.depth == 0 and all(size == 1 for size in sizes):
        return values  # [-1, 1] is how many clients write single values
    return _nested(values, tensor.shape)


def _json(name: str, text: bytes) -> msgspec.Raw:
    try:
        return raw(text)
    except NOT_JSON as error:
        raise wrong(name, f"JSON text is expected: {error}") from None


def _nested(values: list[Any], shape: Sequence[int]) -> list[Any]:
    """Rows, as lists within lists."""
    for axis in range(len(shape) - 1, 0, -1):
        size, count = shape[axis], math.prod(shape[:axis])
        values = [values[at * size : (at + 1) * size] for at in range(count)]
    return values
