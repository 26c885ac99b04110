"""Where lines and blocks begin and end in a text. No I/O here."""

from __future__ import annotations

import re

from argosy.compose_files.tree import Span

_BREAK = re.compile(r"\r\n|\n|\r")
_COMMENT = re.compile(r"(?:[ \t]*(?:\r\n|\n|\r))*([ \t]*)#")


def line_start(text: str, index: int) -> int:
    """Where the line of an index begins."""
    return max(text.rfind("\n", 0, index), text.rfind("\r", 0, index)) + 1


def line_end(text: str, index: int) -> int:
    """Where the line of an index ends, its line break included."""
    found = _BREAK.search(text, index)
    return found.end() if found else len(text)


def without_line_end(text: str, span: Span) -> Span:
    """A span without the line break at its end."""
    return Span(span.start, span.start + len(span.of(text).rstrip("\r\n")))


def column(text: str, index: int) -> int:
    """How far an index is from the start of its line."""
    start = line_start(text, index)
    return index - start - (start == 0 and text.startswith("\ufeff"))


def line_break(text: str) -> str:
    """What ends the lines of a text."""
    found = _BREAK.search(text)
    return found[0] if found else "\n"


def end_of_block(text: str, end: int, indentation: int) -> int:
    """Where the lines of a block end: with the comments below it that are indented deeper."""
    is_at_line_start = end > 0 and text[end - 1] in "\r\n"
    position = end if is_at_line_start else line_end(text, end)
    while (found := _COMMENT.match(text, position)) and len(found[1]) > indentation:
        position = line_end(text, found.end())
    return position
