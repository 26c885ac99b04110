"""Comments that silence rules: ``# argosy ignore=AI301 the machine has one tenant``. No I/O here.

On the line of a finding or in the comment lines right above it; ``# argosy global ignore=…`` for
the whole file. Several rules are separated by commas. What follows is the reason. One behind a
backtick is quoted in a text, and none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from argosy.lint.project.source import Source
from argosy.records import kept, record

_COMMENT = re.compile(
    r"(?<!`)#[ \t]*argosy[ \t]+(?P<whole>global[ \t]+)?ignore[ \t]*=[ \t]*"
    r"(?P<rules>[A-Za-z0-9_-]+(?:[ \t]*,[ \t]*[A-Za-z0-9_-]+)*)[ \t]*(?P<reason>[^\r\n]*)"
)


@record()
class Ignore:
    """One comment. ``line`` counts from 1; ``names`` are codes, starts of codes or slugs."""

    line: int
    names: tuple[str, ...]
    reason: str
    whole_file: bool
    start: int
    end: int


@record(slots=False)
class Ignores:
    """The comments of one file."""

    source: Source

    @kept
    def every(self) -> tuple[Ignore, ...]:
        """All of them, in order."""
        return tuple(self._found())

    def silencing(self, code: str, slug: str, line: int) -> Ignore | None:
        """The comment that silences a rule at a line."""
        for one in self.every:
            if not _names(one, code, slug):
                continue
            if one.whole_file or one.line == line or self._reaches(one.line, line):
                return one
        return None

    def _found(self) -> Iterator[Ignore]:
        if "argosy" not in self.source.text:
            return
        for one in _COMMENT.finditer(self.source.text):
            line, _ = self.source.position(one.start())
            names = tuple(name.strip() for name in one["rules"].split(","))
            reason = one["reason"].strip().lstrip("#:–- ").strip()
            yield Ignore(line, names, reason, bool(one["whole"]), one.start(), one.end())

    def _reaches(self, comment: int, line: int) -> bool:
        """Whether only comment lines lie between a comment of its own line and the line."""
        return comment < line and all(
            self.source.line(number).lstrip().startswith("#") for number in range(comment, line)
        )


def _names(ignore: Ignore, code: str, slug: str) -> bool:
    return any(
        name.lower().replace("_", "-") == slug
        or (re.fullmatch(r"AI[0-9]{0,3}", name.upper()) and code.startswith(name.upper()))
        for name in ignore.names
    )
