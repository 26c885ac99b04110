"""The values of Compose files, each with its place: merged, extended and included they keep it.

No I/O here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from argosy.stack.document import Document, Keys

Scalar: TypeAlias = str | int | float | bool | None
Content: TypeAlias = "Scalar | Mapping[str, Value] | tuple[Value, ...]"


@dataclass(frozen=True)
class Place:
    """Where something stands; ``line`` and ``column`` count from 1."""

    file: Path
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True)
class Value:
    """A value at its place: of a key where that stands. ``written`` is a scalar as the file has it.

    ``tag`` is the tag of Compose's merges, ``!reset`` or ``!override``.
    """

    place: Place
    content: Content
    written: str = ""
    tag: str = ""

    @property
    def mapping(self) -> Mapping[str, Value]:
        """Its keys; none where it is no mapping."""
        return self.content if isinstance(self.content, Mapping) else {}

    @property
    def items(self) -> tuple[Value, ...]:
        """Its items; none where it is no list."""
        return self.content if isinstance(self.content, tuple) else ()

    @property
    def text(self) -> str:
        """A scalar as text, numbers as they are written; empty for anything else."""
        if isinstance(self.content, str):
            return self.content
        if isinstance(self.content, bool):
            return str(self.content).lower()
        return self.written if isinstance(self.content, int | float) else ""

    def word(self, key: str) -> str:
        """The text below ``key``; empty without one."""
        found = self.mapping.get(key)
        return found.text if found is not None else ""

    def below(self, path: Keys) -> Value | None:
        """The value at ``path``, whose words are keys and indexes of lists."""
        found: Value | None = self
        for key in path:
            if found is None:
                return None
            if key.isdigit() and found.items:
                found = found.items[int(key)] if int(key) < len(found.items) else None
            else:
                found = found.mapping.get(key)
        return found

    def leaves(self, path: Keys = ()) -> Iterator[tuple[Keys, Value]]:
        """Every scalar, empty mapping and empty list, with its path."""
        named = [*self.mapping.items(), *((str(i), one) for i, one in enumerate(self.items))]
        if not named:
            yield path, self
        for key, value in named:
            yield from value.leaves((*path, key))


def tree(document: Document) -> Value:
    """The values of a document with their places."""
    return _value(document, document.data, ())


def _value(document: Document, content: object, path: Keys) -> Value:
    found = document.place(path)
    place = Place(document.file, *document.position(found.key))
    tag = document.tagged.get(path, "")
    if isinstance(content, dict):
        below = {key: _value(document, one, (*path, key)) for key, one in content.items()}
        return Value(place, below, tag=tag)
    if isinstance(content, list):
        items = enumerate(content)
        below_list = tuple(_value(document, one, (*path, str(i))) for i, one in items)
        return Value(place, below_list, tag=tag)
    assert content is None or isinstance(content, str | int | float | bool)
    return Value(place, content, found.written, tag)
