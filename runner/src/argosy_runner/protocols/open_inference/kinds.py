"""Type hints as tensors: what a row of an input is, and what an answer will be. No I/O here."""

from __future__ import annotations

from typing import Any, NamedTuple

SIMPLE = {"str": "BYTES", "int": "INT64", "float": "FP64", "bool": "BOOL"}


class Kind(NamedTuple):
    """What a row of one tensor is: lists so many levels deep, None for any; or JSON text.

    ``is_binary``: elements need not be texts; within a row's JSON they are base64.
    """

    datatype: str
    depth: int | None = 0
    is_json: bool = False
    is_binary: bool = False

    @property
    def shape(self) -> tuple[int, ...]:
        """As metadata tells it: any number of rows, and lists of any length."""
        return (-1,) * (1 + (self.depth or 0))


JSON = Kind("BYTES", is_json=True)
ANYTHING = Kind("BYTES", depth=None)


def kind_of(description: Any) -> Kind:
    """What values of a type hint are as rows of an input."""
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


def answer_kinds(description: Any) -> dict[str, Kind]:
    """The outputs of a method that returns such values; empty where only its answers will tell."""
    if isinstance(description, dict) and "dict" in description:
        return {}
    fields = fields_of(description)
    if not all(field["required"] for field in fields.values()):
        return {}
    described = {name: field["type"] for name, field in fields.items()} or {"output": description}
    found = {name: _answer_kind(each) for name, each in described.items()}
    told = {name: kind for name, kind in found.items() if kind is not None}
    return told if len(told) == len(found) else {}


def fields_of(description: Any) -> dict[str, Any]:
    """Of an object; empty for everything else."""
    if isinstance(description, dict) and "object" in description:
        found: dict[str, Any] = description["object"]["fields"]
        return found
    return {}


def _answer_kind(description: Any) -> Kind | None:
    """None where answers that fit may become tensors of several datatypes."""
    if isinstance(description, str):
        return None if description == "any" else kind_of(description)._replace(is_binary=False)
    ((word, inner),) = description.items()
    if word == "list":
        item = _answer_kind(inner)
        if item is None or item.is_json:
            return item
        return item._replace(depth=(item.depth or 0) + 1)
    if word == "union" and "null" in inner:
        return None
    found = kind_of(description)
    return None if found.is_json and word in {"union", "literal"} else found
