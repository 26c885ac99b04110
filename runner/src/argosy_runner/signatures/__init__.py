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
Answer = Any
"""What a model gave for one payload, in the form of its signature: `Signature.json` reads it."""


class Payload:
    """What one request brings: ``rows`` rows that are computed together.

    Only payloads of the same ``group`` fit into one frame.
    """

    __slots__ = ("group", "parts", "rows", "size")

    def __init__(
        self, parts: tuple[Any, ...], size: int, group: object = None, rows: int = 1
    ) -> None:
        self.parts = parts
        self.size = size
        self.group = group
        self.rows = rows


class Signature(Protocol):
    """What the protocols and the batcher need to know of one method of a model."""

    row_type: Any
    """What msgspec parses one row into."""
    pads: bool
    """Whether the model fills up all rows of a frame to its longest, as it does with texts."""

    def pack(self, row: Any, where: str) -> Payload:
        """``where`` is the row's place in the body. Raises `Problem` 422."""

    def pack_bytes(self, body: bytes) -> Payload:
        """An uploaded file as the row. Raises `Problem` 415."""

    def frame(self, payloads: Sequence[Payload]) -> tuple[Header, list[Any]]:
        """Header, without the id, and the parts of the body."""

    def answers(
        self, header: Header, body: bytes, payloads: Sequence[Payload]
    ) -> list[Answer | Problem]:
        """What was answered, or what went wrong, for each payload of the frame."""

    def json(self, answer: Answer) -> bytes:
        """The answer to a payload of one row as JSON. Raises `Problem` 500."""


def read(description: dict[str, Any]) -> Signature:
    """The signature that a worker's ``ready`` frame describes."""
    from argosy_runner.signatures import tensors, values, vectors  # noqa: PLC0415  they import us

    if "tensors" in description:
        return tensors.Tensors(description["tensors"])
    if "vectors" in description:
        return vectors.Vectors()
    return values.Values(description["values"])


def misfit(error: msgspec.ValidationError, where: str = "$") -> str:
    """``$.input[3]: expected float, got str`` of msgspec's ``Expected … - at `$.input[3]```."""
    what, _, place = str(error).partition(" - at `")
    what = (what[:1].lower() + what[1:]).replace("`", "")
    return f"{where}{place.rstrip('`').removeprefix('$')}: {what}"


GPU = {"gpu memory": "out of GPU memory", "gpu": "the GPU failed"}
"""Kinds of failures that a GPU is to blame for, and what is said of them."""


def failed(failure: dict[str, str]) -> Problem:
    """The problem that a worker's description of an error is."""
    kind, name, message = failure["kind"], failure["type"], failure["message"]
    if kind == "input":
        return Problem(422, f"{name}: {message}", error=name)
    if kind in GPU:
        return Problem(500, f"{GPU[kind]}: {message}", error=name)
    if kind == "output":
        return Problem(500, f"the answer cannot be given: {message}", error=name)
    return Problem(500, f"{name}: {message}" if message else name, error=name)


def cut(header: Header, body: bytes) -> list[bytes | Problem]:
    """The bytes of each row by ``sizes``, or what went wrong with it by ``errors``."""
    start, found = 0, []  # type: tuple[int, list[bytes | Problem]]
    for size in header["sizes"]:
        found.append(body[start : start + size])
        start += size
    for index, failure in header.get("errors", {}).items():
        found[int(index)] = failed(failure)
    return found
