"""What a model is to the Open Inference Protocol: named tensors in and out. No I/O here.

An `Adapter` makes payloads of the tensors of a request, and tensors of their answers. Graphs have
tensors of their own; a Python model's are derived from its type hints and its answers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from argosy_runner.calls import Method
from argosy_runner.problems import Problem
from argosy_runner.protocols.open_inference.tensors import Tensor, wrong
from argosy_runner.signatures import Answer, Payload


@dataclass(frozen=True)
class Metadata:
    """One input or output, as clients are told; -1 is a size that may be anything."""

    name: str
    datatype: str
    shape: tuple[int, ...]


class Adapter(Protocol):
    """Between tensors and one method of a model."""

    @property
    def method(self) -> Method:
        """What is asked."""

    @property
    def inputs(self) -> Sequence[Metadata]:
        """What clients are told."""

    @property
    def outputs(self) -> Sequence[Metadata]:
        """The same; empty where only the answers will tell."""

    def payloads(self, tensors: Sequence[Tensor]) -> list[Payload]:
        """What goes to the model; nothing for no rows. Raises `Problem` 400."""

    def results(self, answers: Sequence[Answer]) -> list[Tensor]:
        """All outputs, of the answers to `payloads` in their order. Raises `Problem` 500."""


def by_name(tensors: Sequence[Tensor], names: Sequence[str]) -> dict[str, Tensor]:
    """Raises `Problem` 400 for one that is given twice, or has none of these names."""
    found: dict[str, Tensor] = {}
    for tensor in tensors:
        if tensor.name in found:
            raise wrong(tensor.name, "given twice")
        if tensor.name not in names:
            raise wrong(tensor.name, f"no such input; there is {', '.join(names)}")
        found[tensor.name] = tensor
    return found


def row_count(tensors: Sequence[Tensor]) -> int:
    """The first size, which all must share. A tensor without dimensions is one row."""
    rows = tensors[0].shape[0] if tensors[0].shape else 1
    for tensor in tensors[1:]:
        here = tensor.shape[0] if tensor.shape else 1
        if here != rows:
            raise wrong(tensor.name, f"{here} rows, where {tensors[0].name!r} has {rows}")
    return rows


def one_shape(name: str, shapes: Sequence[Sequence[int]]) -> list[int]:
    """Of parts that follow each other along the first dimension. Raises `Problem` 500."""
    row = list(shapes[0][1:])
    if any(list(shape[1:]) != row for shape in shapes):
        raise Problem(500, f"output {name!r}: its rows differ in shape and make no tensor")
    return [sum(shape[0] for shape in shapes), *row]
