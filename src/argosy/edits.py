"""Edits of a text by indexes: everything that they do not name stays as it is. No I/O here."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, order=True)
class Edit:
    """``replacement`` in the place of ``text[start:end]`` of a file."""

    file: Path
    start: int
    end: int
    replacement: str


def apply(text: str, edits: Iterable[Edit]) -> str:
    """The text with all edits, each once; insertions at one place keep their order.

    Raises ValueError where two edits want the same piece.
    """
    parts: list[str] = []
    position = 0
    for edit in sorted(dict.fromkeys(edits), key=lambda one: (one.start, one.end)):
        if edit.start < position:
            raise ValueError(f"two edits overlap at {edit.start}")
        parts += [text[position : edit.start], edit.replacement]
        position = edit.end
    return "".join([*parts, text[position:]])
