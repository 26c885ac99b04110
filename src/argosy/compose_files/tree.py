"""The values of Compose files, each with its place: merged, extended and included they keep it.

No I/O here.
"""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Literal, TypeAlias

from argosy.records import kept, record
from argosy.stack.document import Keys

Scalar: TypeAlias = str | int | float | bool | None
Content: TypeAlias = "Scalar | Mapping[str, Value] | tuple[Value, ...]"
Style: TypeAlias = Literal["", "'", '"', "|", ">", "flow", "block"]

_INDEX = re.compile(r"[0-9]{1,9}")
_LINE_END = re.compile(r"\r\n|\n|\r")


@record()
class Span:
    """From ``start`` up to ``end``, as indexes into the text of a file."""

    start: int
    end: int

    def of(self, text: str) -> str:
        """What stands there."""
        return text[self.start : self.end]


@dataclass(frozen=True)
class Source:
    """A file and its text, every character of it: also a byte order mark.

    ``roots`` has its values as they are written, once they have been read so: what edits the text
    looks for its place there, and need not read all of it again.
    """

    file: Path
    text: str
    roots: list[Value] = field(default_factory=list, repr=False, compare=False)

    @kept
    def _lines(self) -> list[int]:
        return [0, *(match.end() for match in _LINE_END.finditer(self.text))]

    def line_and_column(self, index: int) -> tuple[int, int]:
        """Line and column, from 1, of an index of the text. A byte order mark counts for none."""
        line = bisect.bisect_right(self._lines, index)
        column = index - self._lines[line - 1] + 1
        is_marked = line == 1 and column > 1 and self.text.startswith("\ufeff")
        return line, column - 1 if is_marked else column

    def place(self, index: int) -> Place:
        """Where an index of the text stands."""
        return Place(self.file, *self.line_and_column(index))


@record()
class Place:
    """Where something stands; ``line`` and ``column`` count from 1."""

    file: Path
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


NOWHERE = Span(0, 0)
NO_SOURCE = Source(Path(), "")


@record()
class Value:
    """A value at its place: of a key where that stands. ``written`` is a scalar as the file has it.

    ``tag`` is the tag of Compose's merges, ``!reset`` or ``!override``. ``style`` is how a scalar
    is quoted, empty for none; of a mapping or list ``flow`` is one in brackets.

    ``span`` is the value in the text of its ``source``, without its anchor and tag and the comments
    after it; ``key`` the key it stands under, with its quotes. What stands behind an alias is
    ``shared``: its span is where it is written, and ``alias`` is where its ``*name`` stands.
    Below an alias, and behind a merge key, the keys are where they are written, too. What has an
    anchor itself is ``anchored``.
    """

    place: Place
    content: Content
    written: str = ""
    tag: str = ""
    span: Span = NOWHERE
    key: Span | None = None
    style: Style = ""
    anchored: bool = False
    shared: bool = False
    alias: Span | None = None
    source: Source = field(default=NO_SOURCE, repr=False, compare=False)

    @property
    def mapping(self) -> Mapping[str, Value]:
        """Its keys; none where it is no mapping."""
        return self.content if isinstance(self.content, dict) else {}

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
        found = self
        for key in path:
            content = found.content
            inner = None
            if isinstance(content, dict):
                inner = content.get(key)
            elif isinstance(content, tuple) and _INDEX.fullmatch(key) and int(key) < len(content):
                inner = content[int(key)]
            if inner is None:
                return None
            found = inner
        return found

    def leaves(self, path: Keys = ()) -> Iterator[tuple[Keys, Value]]:
        """Every scalar, empty mapping and empty list, with its path."""
        named = [*self.mapping.items(), *((str(i), one) for i, one in enumerate(self.items))]
        if not named:
            yield path, self
        for key, value in named:
            yield from value.leaves((*path, key))


def shared(value: Value) -> Value:
    """The value as an alias of it has it, with everything below."""
    if value.shared:
        return value
    content = value.content
    if isinstance(content, dict):
        content = {key: shared(one) for key, one in content.items()}
    elif isinstance(content, tuple):
        content = tuple(shared(one) for one in content)
    return replace(value, content=content, shared=True)


def line_and_column(text: str, index: int) -> tuple[int, int]:
    """Line and column, from 1, of an index of a file's text."""
    return Source(Path(), text).line_and_column(index)
