"""The lines of a Dockerfile, put together to instructions, comments and heredocs."""

from __future__ import annotations

import re
from itertools import accumulate

from argosy.dockerfiles import words
from argosy.dockerfiles.pieces import Comment, Heredoc, Source, Span
from argosy.dockerfiles.variables import Malformed, resolved
from argosy.records import record

_DIRECTIVE = re.compile(r"#\s*([A-Za-z][A-Za-z0-9]*)\s*=\s*(.+)")
_DIRECTIVES = frozenset({"check", "escape", "syntax"})
_HEREDOC = re.compile(r"[0-9]*<<(-?)\s*([^<]+)", re.DOTALL)
_WHOLE = (0,)
_TABS = re.compile(r"^\t+", re.MULTILINE)


@record()
class Logical:
    """One instruction: its text in one line, and where its pieces and its end are in the file."""

    text: str
    offsets: tuple[int, ...]
    places: tuple[int, ...]
    line: int
    end: int

    @property
    def start(self) -> int:
        """Where its keyword stands in the file."""
        return self.places[0]

    @property
    def source(self) -> Source:
        """The text with its places."""
        return Source(self.text, self.offsets, self.places)

    def behind(self, start: int) -> Source:
        """The text from an index on, with its places."""
        text, offsets, places = self.text, self.offsets, self.places
        if len(offsets) == 1:
            return Source(text[start:], _WHOLE, (places[0] + start,))
        if start < offsets[1] and offsets[-1] < len(text):
            moved = [0, *[one - start for one in offsets[1:]]]
            return Source(text[start:], tuple(moved), (places[0] + start, *places[1:]))
        return self.source.part(start, len(text))


class Lines:
    """Reads a text from its first line to its last; what it has read it does not read again."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._lines = text.removeprefix("\ufeff").split("\n")
        first = 1 if text.startswith("\ufeff") else 0
        lengths = (len(line) + 1 for line in self._lines)
        self._starts = list(accumulate(lengths, initial=first))
        self._at = 0
        self.escape = "\\"
        self.comments: list[Comment] = []

    def directives(self) -> tuple[dict[str, str], list[tuple[str, int]]]:
        """The directives, which stand before all else, and what is wrong with them, and where."""
        found: dict[str, str] = {}
        wrong: list[tuple[str, int]] = []
        while self._at < len(self._lines):
            line = self._lines[self._at].strip()
            match = _DIRECTIVE.fullmatch(line)
            name = match[1].lower() if match else ""
            if match is None or name not in _DIRECTIVES:
                break
            if name in found:
                wrong.append((f"There is a directive {name} already", self._starts[self._at]))
            if name == "escape" and match[2] not in ("\\", "`"):
                what = f"{match[2]} escapes nothing; it may be \\ or `"
                wrong.append((what, self._starts[self._at]))
            elif name == "escape":
                self.escape = match[2]
            found.setdefault(name, match[2])
            self._at += 1
        return found, wrong

    def following(self) -> Logical | None:
        """The next instruction; comments before and inside it are kept on the way."""
        while self._at < len(self._lines):
            line = self._lines[self._at]
            stripped = line.strip()
            if not stripped:
                self._at += 1
            elif stripped[0] == "#":
                self._comment(stripped)
            else:
                return self._instruction(line, stripped)
        return None

    def heredoc(self, name: str, *, expand: bool, strip_tabs: bool) -> Heredoc | None:
        """The lines up to ``name``, which are taken; None where the file ends before."""
        start, begin = self._at, self._starts[self._at]
        while self._at < len(self._lines):
            line = self._lines[self._at].rstrip("\r")
            self._at += 1
            if (line.lstrip("\t") if strip_tabs else line) == name:
                lines = self._lines[start : self._at - 1]
                body = "".join(f"{one}\n" for one in lines)
                text = _TABS.sub("", body) if strip_tabs else body
                span = Span(begin, self._starts[self._at - 1])
                return Heredoc(name, text, span, expand, strip_tabs, body)
        return None

    @property
    def end(self) -> int:
        """Where the last line that was read ends."""
        last = max(self._at - 1, 0)
        return self._starts[last] + len(self._lines[last].rstrip())

    def _comment(self, stripped: str) -> None:
        line = self._lines[self._at]
        start = self._starts[self._at] + line.index("#")
        text = stripped[1:].strip()
        self.comments.append(Comment(text, self._at + 1, Span(start, start + len(stripped))))
        self._at += 1

    def _instruction(self, line: str, stripped: str) -> Logical:
        lines, starts = self._lines, self._starts
        number = self._at + 1
        start = starts[self._at]
        if line[0] != stripped[0]:
            start += len(line) - len(line.lstrip())
        self._at += 1
        if not self._goes_on(stripped):
            return Logical(stripped, _WHOLE, (start,), number, start + len(stripped))
        pieces, places, offsets = [stripped[:-1]], [start], [0]
        end = start + len(stripped)
        while self._at < len(lines):
            line = lines[self._at]
            stripped = line.strip()
            if stripped and stripped[0] == "#":
                self._comment(stripped)
                continue
            self._at += 1
            if not stripped:
                continue
            goes_on = self._goes_on(stripped)
            content = line.rstrip()
            place = starts[self._at - 1]
            offsets.append(offsets[-1] + len(pieces[-1]))
            pieces.append(content[:-1] if goes_on else content)
            places.append(place)
            end = place + len(content)
            if not goes_on:
                break
        return Logical("".join(pieces).rstrip(), tuple(offsets), tuple(places), number, end)

    def _goes_on(self, stripped: str) -> bool:
        """A line that ends in an escape, unless that is escaped itself, as Docker counts."""
        return stripped[-1] == self.escape != stripped[-2:-1]


def heredoc_words(source: Source) -> list[tuple[str, bool, bool, int]]:
    """Name, whether to expand, whether to strip tabs, and offset, of each heredoc of a line.

    Where a quote of the line is never closed Docker sees no heredocs in it.
    """
    text = source.text
    try:
        resolved(text, lambda _: None)
    except Malformed:
        return []
    places = words.shell_separated(source, "\\")
    found: list[tuple[str, bool, bool, int]] = []
    for start, stop in words.with_heredocs_joined(text, places):
        match = _HEREDOC.fullmatch(text, start, stop)
        if match:
            name, quoted = resolved(match[2], lambda _: None)
            found.append((name, not quoted, match[1] == "-", start))
    return found
