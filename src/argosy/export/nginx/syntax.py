"""The syntax of an nginx configuration: words, blocks, comments. No I/O."""

from __future__ import annotations

import re
from collections.abc import Iterable

PLAIN = re.compile(r"[^\s;{}'\"$\\#]+")


def quoted(text: str) -> str:
    """One word, whatever is in it but a ``$``, which nginx cannot escape."""
    assert "$" not in text, "nginx would look for a variable"
    if PLAIN.fullmatch(text):
        return text
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def block(head: str, lines: Iterable[str]) -> list[str]:
    """``head { … }``, its lines indented."""
    return [f"{head} {{", *(f"    {line}" if line else "" for line in lines), "}"]


def columns(rows: Iterable[tuple[str, ...]]) -> list[str]:
    """Rows of words, so that the words of a column stand below each other."""
    table = [*rows]
    if not table:
        return []
    widths = [max(len(row[place]) for row in table) for place in range(len(table[0]) - 1)]
    return [
        " ".join([*(word.ljust(width) for word, width in zip(row, widths, strict=False)), row[-1]])
        for row in table
    ]


def text(lines: Iterable[str]) -> str:
    """The lines as a file."""
    return "".join(f"{line}\n" for line in lines)
