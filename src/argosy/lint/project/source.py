"""A file's text with its lines. No I/O here."""

from __future__ import annotations

import bisect
import re
from itertools import accumulate
from pathlib import Path

from argosy.records import kept, record


@record(slots=False)
class Source:
    """Lines and columns count from 1."""

    file: Path
    text: str

    @kept
    def _starts(self) -> list[int]:
        if "\r" in self.text:
            return [0, *(found.end() for found in re.finditer(r"\r\n|\n|\r", self.text))]
        ends = (len(line) + 1 for line in self.text.split("\n")[:-1])
        return list(accumulate(ends, initial=0))

    def position(self, index: int) -> tuple[int, int]:
        """Line and column of an index of the text."""
        line = bisect.bisect_right(self._starts, index)
        return line, index - self._starts[line - 1] + 1

    def line(self, number: int) -> str:
        """The text of a line without its end."""
        start = self._starts[number - 1]
        end = self._starts[number] if number < len(self._starts) else len(self.text)
        return self.text[start:end].rstrip("\r\n")

    @property
    def line_count(self) -> int:
        """How many lines there are; one of an empty text."""
        return len(self._starts)

    def index(self, line: int, column: int = 1) -> int:
        """Where a line and column are in the text."""
        return min(self._starts[line - 1] + column - 1, len(self.text))
