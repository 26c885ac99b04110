"""Answers of Python models as tensors, by the type hint or else by what they are. No I/O here."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from argosy_runner.protocols.open_inference.kinds import Kind
from argosy_runner.protocols.open_inference.tensors import Tensor

encode = msgspec.json.Encoder().encode

LARGEST = 2**63


def outputs(rows: list[Any], told: Mapping[str, Kind]) -> list[Tensor]:
    """One tensor, or one for each key where all rows are objects alike.

    ``told`` is what the type hint says of them, empty where it says nothing. An answer that it
    does not fit, or whose rows differ in shape, is what it is.
    """
    if not rows and told:
        return [_empty(name, kind) for name, kind in told.items()]
    if rows and isinstance(rows[0], dict) and rows[0]:
        keys = list(rows[0])
        if all(isinstance(row, dict) and row.keys() == rows[0].keys() for row in rows):
            return [column(key, [row[key] for row in rows], told.get(key)) for key in keys]
    return [column("output", rows, told.get("output"))]


def column(name: str, rows: list[Any], told: Kind | None = None) -> Tensor:
    """Numbers or texts that are alike in shape as they are; everything else as JSON text."""
    found = None if told is not None and told.is_json else alike(rows)
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
            if kinds == {int} and (told is None or told.datatype != "FP64"):
                return Tensor(name, "INT64", shape, values=values)
            return Tensor(name, "FP64", shape, values=list(map(float, values)))
        if not kinds and rows:
            if told is None:
                return Tensor(name, "FP64", shape, values=[])
            return _empty(name, told, shape)
    return Tensor(name, "BYTES", [len(rows)], values=[encode(row) for row in rows])


def alike(rows: list[Any]) -> tuple[list[int], list[Any]] | None:
    """The shape of nested lists, and their elements; None where they make no tensor."""
    shape, level = [len(rows)], rows
    while level and isinstance(level[0], list):
        length = len(level[0])
        if any(not isinstance(each, list) or len(each) != length for each in level):
            return None
        shape.append(length)
        level = list(itertools.chain.from_iterable(level))
    return shape, level


def _empty(name: str, kind: Kind, shape: Sequence[int] = (0,)) -> Tensor:
    """No elements, with the dimensions of ``shape`` and as many more as are told."""
    missing = len(kind.shape) - len(shape)
    return Tensor(name, kind.datatype, [*shape, *[0] * missing], values=[])
