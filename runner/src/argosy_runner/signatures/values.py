"""Any JSON value in, any out: Python models. Values pass as text; only the worker parses them."""

from __future__ import annotations

import functools
import operator
from collections.abc import Sequence
from typing import Any, Literal

import msgspec

from argosy_runner.problems import NOT_JSON, Problem
from argosy_runner.signatures import Header, Payload, cut, misfit

SIMPLE: dict[str, Any] = {
    "any": Any, "str": str, "int": int, "float": float, "bool": bool, "null": None,
    "bytes": bytes,  # in JSON as base64
}  # fmt: skip
UPLOAD = "curl --data-binary @FILE -H 'content-type: application/octet-stream' …"


class Values:
    """The signature of a model whose ``predict`` takes what a description of `hints` says."""

    row_type: Any = msgspec.Raw
    pads = False

    def __init__(self, description: Any) -> None:
        self.description = description
        self._wants_bytes = description == "bytes"
        self._takes_bytes = self._wants_bytes or description == "any"
        self._name = description if isinstance(description, str) else next(iter(description))
        kind = Any if self._takes_bytes else json_type(description)
        self._decoder = None if kind is Any else msgspec.json.Decoder(kind)

    def pack(self, row: Any, where: str) -> Payload:
        """Check the text; it goes to the worker as it is."""
        if self._wants_bytes:
            raise Problem(422, f"{where}: this model takes a file: {UPLOAD}")
        if self._decoder is not None:
            try:
                self._decoder.decode(row)
            except msgspec.ValidationError as error:
                raise Problem(422, misfit(error, where)) from None
            except NOT_JSON as error:
                raise Problem(422, f"{where}: not JSON: {error}") from None
        text = bytes(row)
        return Payload((text,), len(text))

    def pack_bytes(self, body: bytes) -> Payload:
        """The bytes themselves are the input."""
        if not self._takes_bytes:
            raise Problem(
                415,
                f"this model takes {self._name} as JSON, no file: "
                "send content-type application/json",
            )
        return Payload((body,), len(body), group="raw")

    def frame(self, payloads: Sequence[Payload]) -> tuple[Header, list[Any]]:
        """All rows, one after the other."""
        header: Header = {"sizes": [payload.size for payload in payloads]}
        if payloads[0].group == "raw":
            header["raw"] = list(range(len(payloads)))
        return header, [payload.parts[0] for payload in payloads]

    def answers(
        self,
        header: Header,
        body: bytes,
        payloads: Sequence[Payload],  # noqa: ARG002  the signature's contract
    ) -> list[bytes | Problem]:
        """Cut the body into rows: an answer is the text of its JSON."""
        return cut(header, body)

    def json(self, answer: bytes) -> bytes:
        """It is JSON already."""
        return answer


def json_type(description: Any) -> Any:
    """The type that msgspec checks; `Any` for what it cannot tell apart."""
    if isinstance(description, str):
        return SIMPLE.get(description, Any)
    ((word, inner),) = description.items()
    if word == "list":
        return list[json_type(inner)]  # type: ignore[misc]
    if word == "dict":
        return dict[str, json_type(inner)]  # type: ignore[misc]
    if word == "literal":
        return Literal[tuple(inner)]
    if word == "object":
        return _struct(inner)
    return _union([json_type(each) for each in inner])


def _union(kinds: list[Any]) -> Any:
    if Any in kinds:
        return Any
    union = functools.reduce(operator.or_, (kind or type(None) for kind in kinds))
    try:
        msgspec.json.Decoder(union)
    except TypeError:  # two kinds of object: only the model can tell them apart
        return Any
    return union


def _struct(description: dict[str, Any]) -> Any:
    """An object with these fields and no others. Names need not be Python's: fields get our own."""
    fields: list[Any] = []
    names: dict[str, str] = {}
    for number, (name, field) in enumerate(description["fields"].items()):
        ours = f"field_{number}"
        names[ours] = name
        kind = json_type(field["type"])
        fields.append(
            (ours, kind) if field["required"] else (ours, kind, msgspec.field(default=None))
        )
    return msgspec.defstruct(
        description["name"], fields, rename=names, kw_only=True, forbid_unknown_fields=True
    )
