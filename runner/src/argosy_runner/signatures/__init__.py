"""What goes into a model and comes out of it, as its worker described it. No I/O here.

A signature turns the rows of requests into frames and the worker's answers into JSON; every check
of shape and type is done by msgspec while it parses.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import msgspec

from argosy_runner.problems import Problem

Header = dict[str, Any]


class Payload:
    """One row on its way to the worker. Only rows of the same ``group`` fit into one frame."""

    __slots__ = ("group", "parts", "size")

    def __init__(self, parts: tuple[Any, ...], size: int, group: object = None) -> None:
        self.parts = parts
        self.size = size
        self.group = group


class Signature(Protocol):
    """What the protocols and the batcher need to know of a model."""

    row_type: Any
    """What msgspec parses one row into."""

    def pack(self, row: Any, where: str) -> Payload:
        """``where`` is the row's place in the body. Raises `Problem` 422."""

    def pack_bytes(self, body: bytes) -> Payload:
        """An uploaded file as the row. Raises `Problem` 415."""

    def frame(self, payloads: Sequence[Payload]) -> tuple[Header, list[Any]]:
        """Header, without the id, and the parts of the body."""

    def answers(self, header: Header, body: bytes) -> list[bytes | Problem]:
        """One JSON text, or what went wrong, for each row of the frame."""


def read(description: dict[str, Any]) -> Signature:
    """The signature that a worker's ``ready`` frame describes."""
    from argosy_runner.signatures import tensors, values  # noqa: PLC0415  they import this module

    if "tensors" in description:
        return tensors.Tensors(description["tensors"])
    return values.Values(description["values"])


def misfit(error: msgspec.ValidationError, where: str = "$") -> str:
    """``$.input[3]: expected float, got str`` of msgspec's ``Expected … - at `$.input[3]```."""
    what, _, place = str(error).partition(" - at `")
    what = (what[:1].lower() + what[1:]).replace("`", "")
    return f"{where}{place.rstrip('`').removeprefix('$')}: {what}"


def failed(failure: dict[str, str]) -> Problem:
    """The problem that a worker's description of an error is."""
    kind, name, message = failure["kind"], failure["type"], failure["message"]
    if kind == "input":
        return Problem(422, f"{name}: {message}", error=name)
    if kind == "output":
        return Problem(500, f"the answer cannot be given: {message}", error=name)
    return Problem(500, f"{name}: {message}" if message else name, error=name)
