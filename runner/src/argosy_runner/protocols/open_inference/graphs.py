"""Graphs: their own tensors, cut into rows and put together again as raw bytes. No I/O here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from argosy_runner.calls import Method
from argosy_runner.problems import Problem
from argosy_runner.protocols.open_inference.models import Metadata, by_name, one_shape, row_count
from argosy_runner.protocols.open_inference.tensors import NAMES, Tensor, wrong
from argosy_runner.signatures import Payload, tensors
from argosy_runner.signatures.tensors import Outputs, Tensors

encode = msgspec.json.Encoder().encode


class Graph:
    """An adapter for what has `Tensors`.

    Rows of a graph whose inputs and outputs all have a free first dimension go as many to a payload
    as a frame may hold. Any other graph takes one row, or none where it has no batch dimension.
    """

    def __init__(self, method: Method, signature: Tensors) -> None:
        self.method = method
        self.inputs = [metadata(tensor) for tensor in signature.inputs]
        self.outputs = [metadata(tensor) for tensor in signature.outputs]
        self._signature = signature
        self._names = [tensor.name for tensor in signature.inputs]
        every = [*signature.inputs, *signature.outputs]
        self._batched = bool(signature.inputs) and all(tensor.batch == -1 for tensor in every)

    def payloads(self, tensors: Sequence[Tensor]) -> list[Payload]:
        """Slices of the raw bytes."""
        given = self._in_order(tensors)
        if not self._batched:
            for tensor, told in zip(given, self._signature.inputs, strict=True):
                if told.batch == -1 and tensor.shape[0] != 1:
                    text = f"{tensor.shape[0]} rows, and this graph takes one at a time"
                    raise wrong(tensor.name, text)
            return [self._payload(given, 0, 1, 1)]
        rows = row_count(given)
        step = self.method.rows
        return [
            self._payload(given, start, min(start + step, rows), rows)
            for start in range(0, rows, step)
        ]

    def results(self, answers: Sequence[Outputs]) -> list[Tensor]:
        """The rows of all payloads, one after the other."""
        return [self._result(at, answers) for at in range(len(self.outputs))]

    def _in_order(self, given: Sequence[Tensor]) -> list[Tensor]:
        """Raises `Problem` 400 for a wrong name, type or shape."""
        found = by_name(given, self._names)
        ordered = []
        for told in self.inputs:
            tensor = found.get(told.name)
            if tensor is None:
                raise wrong(told.name, "missing")
            if tensor.datatype != told.datatype:
                raise wrong(told.name, f"it is {told.datatype}, not {tensor.datatype}")
            if len(tensor.shape) != len(told.shape) or any(
                wanted not in {-1, size}
                for wanted, size in zip(told.shape, tensor.shape, strict=True)
            ):
                text = f"its shape is {list(told.shape)}, not {list(tensor.shape)}"
                raise wrong(told.name, text)
            ordered.append(tensor)
        return ordered

    def _payload(self, given: list[Tensor], start: int, end: int, rows: int) -> Payload:
        """The rows from ``start`` to ``end``, of so many in all."""
        parts: list[Any] = []
        shapes: list[tuple[int, ...]] = []
        for tensor, told in zip(given, self._signature.inputs, strict=True):
            shapes.append(tuple(tensor.shape[1:] if told.batch else tensor.shape))
            if told.itemsize:
                raw = tensor.raw
                if end - start < rows:
                    step = len(raw) // rows
                    raw = memoryview(raw)[start * step : end * step]
                parts.append(raw)
            else:
                step = tensor.count // rows
                parts.append(encode(tensor.texts()[start * step : end * step]))
        return self._signature.payload(tuple(parts), tuple(shapes), end - start)

    def _result(self, at: int, answers: Sequence[Outputs]) -> Tensor:
        told, output = self.outputs[at], self._signature.outputs[at]
        if not answers:
            shape = [0, *(max(size, 0) for size in told.shape[1:])]
            return Tensor(told.name, told.datatype, shape, raw=b"", values=[])
        shapes: list[list[int]] = []
        parts: list[Any] = []
        for answer in answers:
            shape, part = answer.tensor(at)
            # What had not a row for each row of the input stands in one row of its own.
            shapes.append(shape if len(shape) == len(told.shape) else shape[1:])
            parts.append(part)
        shape = shapes[0] if len(shapes) == 1 else one_shape(told.name, shapes)
        if output.itemsize:
            raw = parts[0] if len(parts) == 1 else b"".join(parts)
            return Tensor(told.name, told.datatype, shape, raw=raw)
        texts = [text.encode() for part in parts for text in part]
        return Tensor(told.name, told.datatype, shape, values=texts)


def metadata(tensor: tensors.Tensor) -> Metadata:
    """What clients are told of it."""
    if tensor.type not in NAMES:
        raise Problem(500, f"{tensor.name!r} is {tensor.type}, which this protocol has no word for")
    sizes = [-1 if size is None else size for size in tensor.shape]
    first = [tensor.batch] if tensor.batch else []
    return Metadata(tensor.name, NAMES[tensor.type], (*first, *sizes))
