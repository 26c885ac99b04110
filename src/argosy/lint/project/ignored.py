"""What a `.dockerignore` keeps out of a build. No I/O here.

https://docs.docker.com/build/concepts/context/#dockerignore-files
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Sequence
from functools import lru_cache


def is_ignored(name: str, lines: Sequence[str]) -> bool:
    """Whether a path below the context is kept out; the last line that fits decides."""
    ignored = False
    for pattern, takes_back in _patterns(tuple(lines)):
        if pattern.match(name):
            ignored = not takes_back
    return ignored


@lru_cache(maxsize=256)
def _patterns(lines: tuple[str, ...]) -> tuple[tuple[re.Pattern[str], bool], ...]:
    found = []
    for line in lines:
        if line.startswith("#"):
            continue
        text = line.strip().lstrip("\ufeff")
        takes_back = text.startswith("!")
        cleaned = posixpath.normpath(text.removeprefix("!").strip().lstrip("/") or ".")
        if cleaned != ".":
            found.append((_pattern(cleaned), takes_back))
    return tuple(found)


def _pattern(text: str) -> re.Pattern[str]:
    """Of Go's `filepath.Match` with ``**``; what lies below a folder that fits is ignored, too."""
    parts = []
    position = 0
    while position < len(text):
        if text.startswith("**/", position):
            parts.append("(?:.*/)?")
            position += 3
        elif text.startswith("**", position):
            parts.append(".*")
            position += 2
        else:
            one = text[position]
            parts.append(
                {"*": "[^/]*", "?": "[^/]"}.get(one, one if one in "[]-^" else re.escape(one))
            )
            position += 1
    try:
        return re.compile("".join(parts) + "(?:/.*)?$")
    except re.error:
        return re.compile(re.escape(text) + "(?:/.*)?$")
