"""A command line with its places: of a Compose service, or of the image where it says nothing.

No I/O here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache

from argosy.compose_files.shells import script_of
from argosy.lint.finding import At
from argosy.records import kept, record

_FLAG = re.compile(r"--?[A-Za-z]")
_NO_VALUE = re.compile(r"--?[A-Za-z]|[&|;]+$")
_WORD = re.compile(r"(?:[^\s\"'\\]|\\.|\"(?:[^\"\\]|\\.)*\"?|'[^']*'?)+", re.DOTALL)
_QUOTED = re.compile(r"\"((?:[^\"\\]|\\.)*)\"?|'([^']*)'?|\\(.)", re.DOTALL)


@record()
class Argument:
    """One word. ``text`` has its variables filled in as far as they are known."""

    text: str
    at: At


@record(slots=False)
class Flag:
    """``--name value``, ``--name=value`` or ``--name`` alone. ``at`` covers all of it.

    ``value_at`` is where the value alone stands; None without one.
    """

    name: str
    value: str
    at: At
    value_at: At | None = None

    @kept
    def plain(self) -> str:
        """Its name without dashes; ``_`` is ``-``, as most programs take it."""
        return _plain(self.name)

    @property
    def number(self) -> float | None:
        """Its value as a number."""
        try:
            return float(self.value)
        except ValueError:
            return None


@record(slots=False)
class CommandLine:
    """All words that run: the entrypoint's, then the command's."""

    arguments: tuple[Argument, ...] = ()

    @kept
    def text(self) -> str:
        """All of it in one line."""
        return " ".join(one.text for one in self.arguments)

    @kept
    def flags(self) -> tuple[Flag, ...]:
        """What begins with a dash and a letter. A value is what follows, unless it is a flag."""
        return tuple(self._flags())

    def _flags(self) -> Iterator[Flag]:
        for index, one in enumerate(self.arguments):
            if one.text[:1] != "-" or not _FLAG.match(one.text):
                continue
            name, equals, value = one.text.partition("=")
            after = self.arguments[index + 1] if index + 1 < len(self.arguments) else None
            if equals:
                value_at = At(one.at.file, one.at.end - len(value), one.at.end)
                yield Flag(name, value, one.at, value_at)
            elif after is not None and not _NO_VALUE.match(after.text):
                is_there = after.at.file is one.at.file or after.at.file == one.at.file
                same = is_there and after.at.start >= one.at.end
                end = after.at.end if same else one.at.end
                yield Flag(name, after.text, At(one.at.file, one.at.start, end), after.at)
            else:
                yield Flag(name, "", one.at)

    def flag(self, *names: str) -> Flag | None:
        """The last flag of one of these names: that is the one which counts."""
        last = max([self._last.get(_plain(name), -1) for name in names])
        return self.flags[last] if last >= 0 else None

    @kept
    def _last(self) -> Mapping[str, int]:
        """Which of the flags is the last one of a name."""
        return {one.plain: index for index, one in enumerate(self.flags)}

    def runs(self, *programs: str) -> Argument | None:
        """The first word that is one of these programs, by its last part (``/usr/bin/vllm``)."""
        return next(
            (one for one in self.arguments if one.text.rpartition("/")[2] in programs), None
        )


def split(text: str, written: str, at: At) -> tuple[Argument, ...]:
    """The words of a scalar that Compose splits as a shell does, each at its place.

    ``text`` is its value with variables filled in, ``written`` the piece of the file at ``at``. A
    word that the file has in another form (an escape, a variable) stands where the scalar stands.
    """
    found = []
    position = 0
    for word in _words(text):
        index = written.find(word, position)
        if index < 0:
            found.append(Argument(word, at))
            continue
        position = index + len(word)
        found.append(Argument(word, At(at.file, at.start + index, at.start + position)))
    return tuple(found)


def in_shell(arguments: Sequence[Argument], written: str) -> tuple[Argument, ...]:
    """What ``sh -c "…"`` runs, in the place of the shell's words; else what is given."""
    index = script_of([one.text for one in arguments])
    if index is None:
        return tuple(arguments)
    script = arguments[index]
    stands_so = script.at.end - script.at.start == len(script.text)
    piece = script.text if stands_so else written
    return split(re.sub(r"(&&|\|\||;)", r" \1 ", script.text), piece, script.at)


@lru_cache(maxsize=1024)  # most names are asked for again and again
def _plain(name: str) -> str:
    return name.lstrip("-").replace("_", "-")


def _words(text: str) -> list[str]:
    """Quotes and backslashes as a shell has them; what is never closed goes on to the end."""
    words: list[str] = []
    for found in _WORD.finditer(text):
        word = _QUOTED.sub(
            lambda one: next((part for part in one.groups() if part is not None), ""), found[0]
        )
        if word.strip():
            words.append(word)
    return words
