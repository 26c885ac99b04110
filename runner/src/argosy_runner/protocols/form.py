"""``multipart/form-data`` (RFC 7578) as the rows of a request. No I/O here.

| the model takes | the form has |
|---|---|
| an object | a part for each field: a file where it is bytes, else text, numbers or JSON |
| anything else | one part, whatever its name, or several named ``inputs``: a row each |

A field that is a list may have several parts.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from typing import Any

import msgspec
import multipart

from argosy_runner.problems import NOT_JSON, Problem
from argosy_runner.signatures import Payload, Signature
from argosy_runner.signatures.values import Values, json_type

MOST_PARTS = 10_000
Value = Any  # of JSON


class Part:
    """One part. ``is_file``: the form says that it is a file."""

    def __init__(self, name: str, is_file: bool, data: bytes) -> None:
        self.name = name
        self.is_file = is_file
        self.data = data


def read(signature: Signature, content_type: bytes, body: bytes) -> tuple[list[Payload], bool]:
    """The rows, and whether a list was asked for. Raises `Problem` 400, 415 and 422."""
    found = parts(content_type, body)
    if not isinstance(signature, Values):
        raise Problem(415, "this model takes numbers as JSON: send content-type application/json")
    fields = _fields(signature.description, found)
    if fields is not None:
        return [_pack(signature, fields, "$.input")], False
    many = bool(found) and all(part.name == "inputs" for part in found)
    if len(found) != 1 and not many:
        told = _told([part.name for part in found])
        raise Problem(422, f"one part is expected, or several named inputs; the form has {told}")
    return [_row(signature, part, many, at) for at, part in enumerate(found)], many


def parts(content_type: bytes, body: bytes) -> list[Part]:
    """The parts in their order. Raises `Problem` 400 with what is wrong with the form."""
    _, options = multipart.parse_options_header(content_type.decode("latin-1"))
    if not options.get("boundary"):
        raise Problem(400, "the content type of the form has no boundary")
    found: list[Part] = []
    try:
        with multipart.PushMultipartParser(
            options["boundary"], max_segment_count=MOST_PARTS, strict=True
        ) as parser:
            pieces: list[bytes] = []
            for event in parser.parse(body):
                if isinstance(event, multipart.MultipartSegment):
                    pieces = []
                    found.append(Part(event.name or "", event.filename is not None, b""))
                elif event is None:
                    found[-1].data = b"".join(pieces)
                else:
                    pieces.append(bytes(event))
    except multipart.MultipartError as error:
        raise Problem(400, f"the form is malformed: {error}") from None
    return found


def _row(signature: Values, part: Part, many: bool, at: int) -> Payload:
    where = f"$.inputs[{at}]" if many else "$.input"
    if signature.description == "bytes" or (signature.description == "any" and part.is_file):
        return signature.pack_bytes(part.data)
    return _pack(signature, _value(signature.description, [part], where), where)


def _pack(signature: Values, value: Value, where: str) -> Payload:
    return signature.pack(msgspec.Raw(msgspec.json.encode(value)), where)


def _fields(description: Any, found: Sequence[Part]) -> dict[str, Value] | None:
    """The object that the form is; None where the model takes no object."""
    if not isinstance(description, dict):
        return None
    ((word, inner),) = description.items()
    if word == "union":
        objects = [one for one in inner if isinstance(one, dict) and {*one} & {"object", "dict"}]
        return _fields(objects[0], found) if len(objects) == 1 else None
    if word not in {"object", "dict"}:
        return None
    named: dict[str, list[Part]] = {}
    for part in found:
        named.setdefault(part.name, []).append(part)
    if word == "dict":
        return {name: _value(inner, some, f"$.input.{name}") for name, some in named.items()}
    fields = inner["fields"]
    if unknown := [name for name in named if name not in fields]:
        known = ", ".join(fields)
        told = _told(unknown)
        raise Problem(422, f"$.input: {told} is no field of {inner['name']}, which has {known}")
    return {
        name: _value(fields[name]["type"], some, f"$.input.{name}") for name, some in named.items()
    }


def _value(description: Any, found: Sequence[Part], where: str) -> Value:
    """What the parts of one name are. A text that fits no better is left for the check to refuse.

    Raises `Problem` 422.
    """
    word = description if isinstance(description, str) else next(iter(description))
    if word == "list" and not _is_json_list(description, found):
        return [_value(description["list"], [part], where) for part in found]
    if len(found) > 1:
        raise Problem(422, f"{where}: {len(found)} parts have this name, where one is expected")
    part = found[0]
    alternatives = description["union"] if word == "union" else [description]
    if "bytes" in alternatives and (part.is_file or "str" not in alternatives):
        return base64.b64encode(part.data).decode()
    try:
        text = part.data.decode()
    except UnicodeDecodeError:
        hint = "a file, which this field does not take" if part.is_file else "text that is no UTF-8"
        raise Problem(422, f"{where}: the part holds {hint}") from None
    if "any" in alternatives:
        return text
    return _text(text, [one for one in alternatives if one != "null"])


def _text(text: str, alternatives: list[Any]) -> Value:
    """``1`` is a number where one is expected, and a text where that is."""
    try:
        parsed = msgspec.json.decode(text)
    except NOT_JSON:
        return text
    for one in alternatives:
        for value in (text, parsed):
            if _fits(value, one):
                return value
    return parsed


def _fits(value: Value, description: Any) -> bool:
    try:
        msgspec.convert(value, json_type(description))
    except msgspec.ValidationError:
        return False
    return True


def _is_json_list(description: Any, found: Sequence[Part]) -> bool:
    inner = description["list"]
    return len(found) == 1 and inner != "bytes" and found[0].data.lstrip()[:1] == b"["


def _told(names: Sequence[str]) -> str:
    return ", ".join(repr(name) for name in names[:10]) if names else "none"
