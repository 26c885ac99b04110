"""Tensors of fixed types in and out, as their raw bytes: graphs.

One input: a row is its tensor; several: an object by name. Outputs alike.
"""

from __future__ import annotations

import itertools
import math
import struct
from collections.abc import Sequence
from typing import Annotated, Any

import msgspec

from argosy_runner.problems import Problem
from argosy_runner.signatures import Header, Payload
from argosy_runner.signatures.elements import FLOATS, FORMATS, SIZES, pack, unpack

ALIGNMENT = 8
encode = msgspec.json.Encoder().encode


class Tensor:
    """One input or output. ``shape`` is a row's, None where a size is free.

    ``batch`` is the dimension that a graph has before it: -1 for any number of rows, 1 for one row,
    0 where it has none.
    """

    def __init__(self, description: dict[str, Any]) -> None:
        self.name: str = description["name"]
        self.type: str = description["type"]
        self.shape: tuple[int | None, ...] = tuple(description["shape"])
        self.batch: int = description.get("batch", -1)
        self.free = None in self.shape
        self.itemsize = SIZES.get(self.type, 0)  # 0: texts

    @property
    def json_type(self) -> Any:
        """Nested lists of the right lengths."""
        kind = scalar_type(self.type)
        for size in reversed(self.shape):
            meta = (
                msgspec.Meta() if size is None else msgspec.Meta(min_length=size, max_length=size)
            )
            kind = Annotated[list[kind], meta]  # type: ignore[valid-type]
        return kind

    def pack(self, value: Any, where: str) -> tuple[bytes, tuple[int, ...]]:
        """The bytes of one row and its shape. Raises `Problem` 422."""
        shape = self._measure(value, where) if self.free else self.shape
        flat = value if self.shape else [value]
        for _ in self.shape[1:]:
            flat = itertools.chain.from_iterable(flat)
        try:
            data = pack(self.type, flat) if self.itemsize else encode(list(flat))
        except (OverflowError, struct.error) as error:
            raise Problem(422, f"{where}: {error}") from None
        return data, shape  # type: ignore[return-value]

    def _measure(self, value: Any, where: str) -> tuple[int, ...]:
        """The shape, where the graph leaves sizes free; every row of it must have the same."""
        shape: list[int] = []
        level = [value]
        for _ in self.shape:
            sizes = {len(item) for item in level}
            if len(sizes) > 1:
                raise Problem(
                    422, f"{where}: lists of unequal length {sorted(sizes)} make no tensor"
                )
            shape.append(sizes.pop() if sizes else 0)
            level = list(itertools.chain.from_iterable(level))
        return tuple(shape)

    def unpack(self, data: memoryview, shape: list[int]) -> Any:
        """Nested lists, or the one scalar. ``shape`` begins with the number of rows."""
        if not self.itemsize:
            return _nested(msgspec.json.decode(data), shape)
        code = FORMATS.get(self.type, "e")
        if code == "e" or 0 in shape:
            return _nested(unpack(self.type, data), shape)
        return data.cast(code, shape).tolist()  # type: ignore[call-overload]


class Tensors:
    """The signature of a graph."""

    pads = False

    def __init__(self, description: dict[str, Any]) -> None:
        self.inputs = [Tensor(each) for each in description["inputs"]]
        self.outputs = [Tensor(each) for each in description["outputs"]]
        self._names = [tensor.name for tensor in self.outputs]
        self._floats = any("float" in tensor.type for tensor in self.outputs)
        self._free = any(tensor.free for tensor in self.inputs)
        self._shapes = tuple(tensor.shape for tensor in self.inputs)
        self._only = self.inputs[0] if len(self.inputs) == 1 else None
        if self._only is not None:
            self.row_type = self._only.json_type
        else:
            fields = [(f"field_{at}", each.json_type) for at, each in enumerate(self.inputs)]
            names = {f"field_{at}": each.name for at, each in enumerate(self.inputs)}
            self.row_type = msgspec.defstruct(
                "Inputs", fields, rename=names, forbid_unknown_fields=True
            )

    def payload(
        self, parts: tuple[Any, ...], shapes: tuple[tuple[int, ...], ...], rows: int = 1
    ) -> Payload:
        """Of the bytes of each input, all its rows one after the other; ``shapes`` are a row's."""
        size = sum([len(part) for part in parts])
        return Payload(parts, size, shapes if self._free else None, rows)

    def pack(self, row: Any, where: str) -> Payload:
        """Types and fixed sizes are already checked; free sizes are here."""
        if self._only is not None:
            data, shape = self._only.pack(row, where)
            return self.payload((data,), (shape,))
        parts, shapes = [], []
        for at, tensor in enumerate(self.inputs):
            data, shape = tensor.pack(getattr(row, f"field_{at}"), f"{where}.{tensor.name}")
            parts.append(data)
            shapes.append(shape)
        return self.payload(tuple(parts), tuple(shapes))

    def pack_bytes(self, body: bytes) -> Payload:  # noqa: ARG002  the signature's contract
        """A graph takes no file."""
        raise Problem(415, "this model takes numbers as JSON: send content-type application/json")

    def frame(self, payloads: Sequence[Payload]) -> tuple[Header, list[Any]]:
        """Every input in turn: all its rows, padded so that the next begins aligned."""
        shapes = payloads[0].group if self._free else self._shapes
        parts: list[Any] = []
        sizes = []
        for at, tensor in enumerate(self.inputs):
            if tensor.itemsize:
                data = b"".join([payload.parts[at] for payload in payloads])
            else:  # JSON lists of texts become one
                texts = [bytes(payload.parts[at])[1:-1] for payload in payloads]
                data = b"[" + b",".join(text for text in texts if text) + b"]"
            sizes.append(len(data))
            parts.append(data)
            if padding := -len(data) % ALIGNMENT:
                parts.append(bytes(padding))
        rows = sum([payload.rows for payload in payloads])
        return {"rows": rows, "shapes": shapes, "sizes": sizes}, parts

    def answers(
        self, header: Header, body: bytes, payloads: Sequence[Payload]
    ) -> list[Outputs | Problem]:
        """Each payload's rows of what the graph gave for the frame."""
        view, start, views = memoryview(body), 0, []
        for size in header["sizes"]:
            views.append(view[start : start + size])
            start += size
        columns = Columns(self.outputs, self._names, header["shapes"], views)
        if sum([payload.rows for payload in payloads]) == len(payloads):
            return [Outputs(columns, at, 1) for at in range(len(payloads))]
        row, found = 0, []  # type: tuple[int, list[Outputs | Problem]]
        for payload in payloads:
            found.append(Outputs(columns, row, payload.rows))
            row += payload.rows
        return found

    def json(self, answer: Outputs) -> bytes:
        """One tensor, or an object by name. NaN and infinity are an error."""
        row = answer.row()
        # msgspec writes `null` for the numbers that JSON lacks; a tensor holds no other null.
        text = encode(row)
        if b"null" in text and self._floats and not _is_finite(row):
            raise Problem(500, "the answer holds NaN or infinity, which JSON cannot carry")
        return text


class Columns:
    """What a graph gave for one frame: for each output its shape, with the rows, and its bytes."""

    __slots__ = ("_rows", "names", "shapes", "tensors", "views")

    def __init__(
        self,
        tensors: list[Tensor],
        names: list[str],
        shapes: list[list[int]],
        views: list[memoryview],
    ) -> None:
        self.tensors = tensors
        self.names = names
        self.shapes = shapes
        self.views = views
        self._rows: list[Any] | None = None

    def rows(self) -> list[Any]:
        """Every row as JSON has it: the one output's value, or an object by name. Made once."""
        if self._rows is None:
            columns = [
                tensor.unpack(view, shape)
                for tensor, view, shape in zip(self.tensors, self.views, self.shapes, strict=True)
            ]
            if len(columns) == 1:
                self._rows = columns[0]
            else:
                names = self.names
                self._rows = [
                    dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)
                ]
        return self._rows


class Outputs:
    """The rows of one payload among the columns of its frame."""

    __slots__ = ("_columns", "_rows", "_start")

    def __init__(self, columns: Columns, start: int, rows: int) -> None:
        self._columns = columns
        self._start = start
        self._rows = rows

    def row(self) -> Any:
        """The first row, as JSON has it."""
        return self._columns.rows()[self._start]

    def tensor(self, at: int) -> tuple[list[int], memoryview | list[Any]]:
        """Output number ``at``: its shape, with the rows, and its bytes; texts as a list."""
        columns = self._columns
        shape = [self._rows, *columns.shapes[at][1:]]
        tensor, view = columns.tensors[at], columns.views[at]
        if not tensor.itemsize:
            step = math.prod(shape[1:])
            texts = msgspec.json.decode(view)
            return shape, texts[self._start * step : (self._start + self._rows) * step]
        step = math.prod(shape[1:]) * tensor.itemsize
        return shape, view[self._start * step : (self._start + self._rows) * step]


def _is_finite(value: Any) -> bool:
    if isinstance(value, dict):
        return all(map(_is_finite, value.values()))
    if isinstance(value, list):
        return all(map(_is_finite, value))
    return not isinstance(value, float) or math.isfinite(value)


def scalar_type(name: str) -> Any:
    """What msgspec checks one element by."""
    if name in FLOATS:
        largest = FLOATS[name]
        return Annotated[float, msgspec.Meta(ge=-largest, le=largest)]
    if name == "float64":
        return float
    if name == "bool":
        return bool
    if name == "string":
        return str
    bits = int(name.lstrip("uint"))
    if name.startswith("u"):
        # msgspec's bounds end at 63 bits; `array` checks beyond.
        upper = msgspec.Meta(ge=0) if bits == 64 else msgspec.Meta(ge=0, le=2**bits - 1)
        return Annotated[int, upper]
    return Annotated[int, msgspec.Meta(ge=-(2 ** (bits - 1)), le=2 ** (bits - 1) - 1)]


def _nested(flat: list[Any], shape: list[int]) -> Any:
    """Lists within lists of a row-major sequence."""
    if len(shape) == 1:
        return flat
    step = len(flat) // shape[0] if shape[0] else 0
    return [_nested(flat[at * step : (at + 1) * step], shape[1:]) for at in range(shape[0])]
