"""Values as YAML has them, written so that they are read as they were meant. No I/O here."""

from __future__ import annotations

import re

from argosy.compose_files import scalars
from argosy.compose_files.tree import Scalar, Style, Value

_PLAIN = re.compile(r"[^\s\-?:,\[\]{}#&*!|>'\"%@`]|[-?:](?=[^\s,\[\]{}#])")
_NOT_PLAIN = re.compile(r":(\s|\Z)|\s#|\A(---|\.\.\.)|\A\s|\s\Z")
_FLOW_MARKS = re.compile(r"\A[?:]|[,\[\]{}]|:(?=[,\[\]{}])")
_ESCAPES = {"\n": r"\n", "\t": r"\t", '"': r"\"", "\\": r"\\"}


def scalar(value: Scalar, style: Style = "", *, in_flow: bool = False) -> str:
    """A scalar on one line, in the quotes of ``style`` where it can be in these.

    Quotes come where it would mean something else without them: ``"on"`` needs none, ``"1"`` does.
    """
    if not isinstance(value, str):
        return _word(value)
    if style == "'" and value.isprintable():
        return "'" + value.replace("'", "''") + "'"
    if style != '"' and _can_be_plain(value, in_flow):
        return value
    return '"' + "".join(_escaped(one) for one in value) + '"'


def flow(value: Value) -> str:
    """A value on one line, in brackets."""
    if isinstance(value.content, dict):
        inside = (f"{_key(key)}: {flow(one)}" for key, one in value.content.items())
        return "{" + ", ".join(inside) + "}"
    if isinstance(value.content, tuple):
        return "[" + ", ".join(flow(one) for one in value.content) + "]"
    is_one_line = value.style in ("'", '"') and "\n" not in value.written
    if is_one_line or not isinstance(value.content, str):
        return value.written or "null"
    return scalar(value.content, in_flow=True)


def _key(name: str) -> str:
    return scalar(name, in_flow=True) if isinstance(scalars.plain(name), str) else name


def _word(value: float | bool | None) -> str:
    if value is None:
        return "null"
    return str(value).lower() if isinstance(value, bool) else repr(value)


def _can_be_plain(text: str, in_flow: bool) -> bool:
    return bool(
        _PLAIN.match(text)
        and text.isprintable()
        and not _NOT_PLAIN.search(text)
        and not (in_flow and _FLOW_MARKS.search(text))
        and scalars.plain(text) == text
        and isinstance(scalars.plain(text), str)
    )


def _escaped(character: str) -> str:
    if character in _ESCAPES:
        return _ESCAPES[character]
    if character.isprintable():
        return character
    number = ord(character)
    return f"\\u{number:04x}" if number <= 0xFFFF else f"\\U{number:08x}"
