"""Python models: each element along the first dimension is one input. No I/O here.

What a model takes follows from its type hint. Numbers and lists of numbers are tensors, texts are
BYTES, an object is an input for each field; anything else is BYTES that hold JSON text. A model
without a hint takes any tensor named ``input`` as its value, and others as an object by their
names. What it gives follows from its answers in the same way.
"""

from __future__ import annotations

import base64
import itertools
import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import msgspec

from argosy_runner.calls import Method
from argosy_runner.problems import NOT_JSON, Problem
from argosy_runner.protocols.open_inference.models import Metadata, by_name, row_count
from argosy_runner.protocols.open_inference.tensors import Tensor, wrong
from argosy_runner.signatures import Payload
from argosy_runner.signatures.values import Values

encode = msgspec.json.Encoder().encode
decode = msgspec.json.Decoder().decode
raw = msgspec.json.Decoder(msgspec.Raw).decode

SIMPLE = {"str": "BYTES", "int": "INT64", "float": "FP64", "bool": "BOOL"}
LARGEST = 2**63


class Kind(NamedTuple):
    """What a row of one input is: lists so many levels deep, None for any; or JSON text.

    ``is_binary``: elements need not be texts; within a row's JSON they are base64.
    """

    datatype: str
    depth: int | None = 0
    is_json: bool = False
    is_binary: bool = False


JSON = Kind("BYTES", is_json=True)
ANYTHING = Kind("BYTES", depth=None)


class Rows:
    """An adapter for what has `Values`."""

    outputs: Sequence[Metadata] = ()

    def __init__(self, method: Method, signature: Values) -> None:
        self.method = method
        self._signature = signature
        description = signature.description
        fields = _fields(description)
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
        self.inputs = [
            Metadata(name, kind.datatype, (-1,) * (1 + (kind.depth or 0)))
            for name, kind in kinds.items()
        ]

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
        return outputs([decode(answer) for answer in answers])

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


def kind_of(description: Any) -> Kind:
    """What values of a type hint are as rows of a tensor."""
    if isinstance(description, str):
        if description == "any":
            return ANYTHING
        if description == "bytes":
            return Kind("BYTES", is_binary=True)
        return Kind(SIMPLE[description]) if description in SIMPLE else JSON
    ((word, inner),) = description.items()
    if word == "list":
        item = kind_of(inner)
        if item.is_json or item.depth is None:
            return JSON
        return item._replace(depth=item.depth + 1)
    if word == "literal":
        kinds = {Kind("BYTES" if isinstance(value, str) else "INT64") for value in inner}
        return kinds.pop() if len(kinds) == 1 and None not in inner else JSON
    if word == "union":
        kinds = {kind_of(each) for each in inner if each != "null"}
        if len(kinds) == 1:
            return kinds.pop()
        if kinds == {Kind("INT64"), Kind("FP64")}:
            return Kind("FP64")
    return JSON


def outputs(rows: list[Any]) -> list[Tensor]:
    """Tensors of a model's answers: one, or one for each key where all are objects alike."""
    if rows and isinstance(rows[0], dict) and rows[0]:
        keys = list(rows[0])
        if all(isinstance(row, dict) and row.keys() == rows[0].keys() for row in rows):
            return [column(key, [row[key] for row in rows]) for key in keys]
    return [column("output", rows)]


def column(name: str, rows: list[Any]) -> Tensor:
    """Numbers or texts that are alike in shape as they are; everything else as JSON text."""
    found = _alike(rows)
    if found is not None:
        shape, values = found
        kinds = set(map(type, values))
        if kinds == {str}:
            return Tensor(name, "BYTES", shape, values=[value.encode() for value in values])
        if kinds == {bool}:
            return Tensor(name, "BOOL", shape, values=values)
        if kinds == {float}:
            return Tensor(name, "FP64", shape, values=values)
        if kinds in ({int}, {int, float}) and all(-LARGEST <= each < LARGEST for each in values):
            if kinds == {int}:
                return Tensor(name, "INT64", shape, values=values)
            return Tensor(name, "FP64", shape, values=list(map(float, values)))
        if not kinds and rows:
            return Tensor(name, "FP64", shape, values=[])
    return Tensor(name, "BYTES", [len(rows)], values=[encode(row) for row in rows])


def _alike(rows: list[Any]) -> tuple[list[int], list[Any]] | None:
    """The shape of nested lists, and their elements; None where they make no tensor."""
    shape, level = [len(rows)], rows
    while level and isinstance(level[0], list):
        length = len(level[0])
        if any(not isinstance(each, list) or len(each) != length for each in level):
            return None
        shape.append(length)
        level = list(itertools.chain.from_iterable(level))
    return shape, level


def _fields(description: Any) -> dict[str, Any]:
    if isinstance(description, dict) and "object" in description:
        found: dict[str, Any] = description["object"]["fields"]
        return found
    return {}


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
