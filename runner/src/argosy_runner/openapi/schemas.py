"""JSON Schemas (2020-12) of what goes into a model and comes out, and a value that fits. No I/O."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Any

from argosy_runner.signatures.elements import FLOATS
from argosy_runner.signatures.tensors import Tensor

Schema = dict[str, Any]

MOST_ZEROS = 10_000
FILE: Schema = {"type": "string", "contentMediaType": "application/octet-stream"}
SIMPLE: dict[str, Schema] = {
    "any": {},
    "str": {"type": "string"},
    "int": {"type": "integer"},
    "float": {"type": "number"},
    "bool": {"type": "boolean"},
    "null": {"type": "null"},
    "bytes": {"type": "string", "contentEncoding": "base64"},
}
VALUES: dict[str, Any] = {
    "any": "text", "str": "text", "int": 1, "float": 1.0, "bool": True, "null": None,
    "bytes": "Ynl0ZXM=",
}  # fmt: skip


class Schemas:
    """Makes schemas; those of classes are added to ``components``, by their names.

    ``closed``: an object with other fields than its class has is refused.
    """

    def __init__(self, components: dict[str, Schema], *, closed: bool = True) -> None:
        self.components = components
        self._closed = closed

    def of(self, description: Any) -> Schema:
        """The schema of a description of `hints`."""
        if isinstance(description, str):
            return dict(SIMPLE.get(description, {}))
        ((word, inner),) = description.items()
        if word == "list":
            return {"type": "array", "items": self.of(inner)}
        if word == "dict":
            return {"type": "object", "additionalProperties": self.of(inner)}
        if word == "literal":
            return {"enum": inner}
        if word == "union":
            return {"anyOf": [self.of(each) for each in inner]}
        return self._named(inner["name"], self._object(inner["fields"], self.of))

    def form(self, description: Any) -> Schema | None:
        """The schema of ``multipart/form-data``; None where forms make no sense."""
        if description in ("any", "bytes"):
            return {"type": "object", "additionalProperties": FILE, "minProperties": 1}
        if not isinstance(description, dict):
            return None
        ((word, inner),) = description.items()
        if word == "union":
            found = [each for each in map(self.form, inner) if each is not None]
            return found[0] if len(found) == 1 else None
        if word == "dict":
            return {"type": "object", "additionalProperties": self._part(inner)}
        return self._object(inner["fields"], self._part) if word == "object" else None

    def _part(self, description: Any) -> Schema:
        if description in ({"list": "bytes"}, {"union": [{"list": "bytes"}, "null"]}):
            return {"type": "array", "items": FILE}
        if description in ("bytes", {"union": ["bytes", "null"]}):
            return FILE
        return self.of(description)

    def _object(self, fields: dict[str, Any], schema_of: Callable[[Any], Schema]) -> Schema:
        found: Schema = {
            "type": "object",
            "properties": {name: schema_of(field["type"]) for name, field in fields.items()},
        }
        if self._closed:
            found["additionalProperties"] = False
        if required := [name for name, field in fields.items() if field["required"]]:
            found["required"] = required
        return found

    def _named(self, name: str, schema: Schema) -> Schema:
        """A reference to the component; another class of the same name gets a number."""
        plain = re.sub(r"[^\w.-]", "_", name, flags=re.ASCII)
        chosen, number = plain, 1
        while self.components.setdefault(chosen, schema) != schema:
            number += 1
            chosen = f"{plain}{number}"
        return {"$ref": f"#/components/schemas/{chosen}"}


def value_of(description: Any) -> Any:
    """The plainest value that fits a description of `hints`."""
    if isinstance(description, str):
        return VALUES.get(description)
    ((word, inner),) = description.items()
    if word == "list":
        return [value_of(inner)]
    if word == "dict":
        return {"key": value_of(inner)}
    if word == "literal":
        return inner[0]
    if word == "union":
        return value_of(next((each for each in inner if each != "null"), "null"))
    fields = inner["fields"].items()
    return {name: value_of(field["type"]) for name, field in fields if field["required"]}


def of_tensors(tensors: list[Tensor]) -> Schema:
    """The one tensor's nested lists, or an object by name."""
    if len(tensors) == 1:
        return of_tensor(tensors[0])
    return {
        "type": "object",
        "properties": {tensor.name: of_tensor(tensor) for tensor in tensors},
        "required": [tensor.name for tensor in tensors],
        "additionalProperties": False,
    }


def of_tensor(tensor: Tensor) -> Schema:
    """Nested lists of the right lengths."""
    schema = scalar(tensor.type)
    for size in reversed(tensor.shape):
        schema = {"type": "array", "items": schema}
        if size is not None:
            schema |= {"minItems": size, "maxItems": size}
    return schema


def zeros(tensors: list[Tensor]) -> Any:
    """A row of zeros, sizes that are free being one; None where that would be very long."""
    if sum(math.prod(size or 1 for size in tensor.shape) for tensor in tensors) > MOST_ZEROS:
        return None
    if len(tensors) == 1:
        return _zeros(tensors[0])
    return {tensor.name: _zeros(tensor) for tensor in tensors}


def _zeros(tensor: Tensor) -> Any:
    value: Any = {"string": "", "bool": False}.get(tensor.type, 0.0 if _is_float(tensor) else 0)
    for size in reversed(tensor.shape):
        value = [value] * (1 if size is None else size)
    return value


def _is_float(tensor: Tensor) -> bool:
    return tensor.type.startswith("float")


def scalar(name: str) -> Schema:
    """One element."""
    if name in {"string", "bool"}:
        return {"type": "string" if name == "string" else "boolean"}
    if name.startswith("float"):
        largest = FLOATS.get(name)
        return {"type": "number", **({"minimum": -largest, "maximum": largest} if largest else {})}
    bits = int(name.lstrip("uint"))
    least = 0 if name.startswith("u") else -(2 ** (bits - 1))
    return {"type": "integer", "minimum": least, "maximum": least + 2**bits - 1}
