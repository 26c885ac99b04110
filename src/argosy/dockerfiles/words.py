"""How the arguments of an instruction are told apart. Every keyword has one of four ways."""

from __future__ import annotations

import json
import re

from argosy.dockerfiles.pieces import Flag, Source, Word
from argosy.dockerfiles.variables import Lookup, Malformed, resolved

# Words as in a shell: quotes hold together, and what is never closed goes on to the end.
_SHELL_WORD = {
    one: re.compile(
        rf"""(?:[^\s'"{two}]+|{two}.|'[^']*(?:'|\Z)|"(?:[^"{two}]|{two}.)*+(?:"|{two}?\Z)|{two}\Z)+""",
        re.DOTALL,
    )
    for one, two in (("\\", r"\\"), ("`", "`"))
}
_BLANKS = re.compile(r"\s*")
_BLANK_WORD = re.compile(r"\S+")
_JSON_STRING = re.compile(r'\s*("(?:[^"\\]|\\.)*+")\s*([,\]])')
_HEREDOC = re.compile(r"\d*<<-?\s*")
_FLAG_ESCAPES = {"\\": re.compile(r"\\(.)|['\"]"), "`": re.compile(r"`(.)|['\"]")}


def flags(source: Source, at: int, escape: str) -> tuple[tuple[Flag, ...], int]:
    """The flags that stand at ``at``, and where what follows them begins."""
    found: list[Flag] = []
    text = source.text
    while text.startswith("--", at):
        word = _SHELL_WORD[escape].match(text, at)
        end = word.end() if word else len(text)
        written = text[at:end]
        start, at = at, _behind_blanks(text, end)
        if written == "--":
            break
        plain = _FLAG_ESCAPES[escape].sub(lambda one: one[1] or "", written)
        name, _, value = plain[2:].partition("=")
        found.append(Flag(name, value, source.span(start, end)))
    return tuple(found), at


def _behind_blanks(text: str, at: int) -> int:
    found = _BLANKS.match(text, at)
    return found.end() if found else at


def json_array(source: Source) -> tuple[Word, ...] | None:
    """The words of an exec form; None where it is none, for Docker then takes it as a shell's.

    Raises Malformed where it is an array of something else than strings.
    """
    text = source.text
    if not text.startswith("["):
        return None
    try:
        values = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not all(isinstance(one, str) for one in values):
        raise Malformed("An array here may have strings alone", 0)
    words: list[Word] = []
    at = 1
    for value in values:
        found = _JSON_STRING.match(text, at)
        if found is None:  # what `json` reads as a string always matches
            return None
        words.append(Word(value, source.span(found.start(1), found.end(1)), quoted=True))
        at = found.end()
    return tuple(words)


def blank_separated(source: Source) -> list[tuple[int, int]]:
    """COPY, FROM, EXPOSE: blanks part words, quotes or not."""
    found = [one.span() for one in _BLANK_WORD.finditer(source.text)]
    return with_heredocs_joined(source.text, found) if "<<" in source.text else found


def with_heredocs_joined(text: str, places: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """The places of words, ``<< EOF`` being one word."""
    joined: list[tuple[int, int]] = []
    for start, end in places:
        if joined and _HEREDOC.fullmatch(text, *joined[-1]):
            joined[-1] = (joined[-1][0], end)
        else:
            joined.append((start, end))
    return joined


def shell_separated(source: Source, escape: str) -> list[tuple[int, int]]:
    """ENV, LABEL, ARG: blanks part words where no quote holds them together."""
    return [one.span() for one in _SHELL_WORD[escape].finditer(source.text)]


def legacy_pair(source: Source) -> list[tuple[int, int]]:
    """``ENV name value``: the name, and all that follows it; the name alone where nothing does."""
    name = _BLANK_WORD.match(source.text)
    if not name:
        return []
    start = _behind_blanks(source.text, name.end())
    end = len(source.text)
    return [name.span(), (start, end)] if start < end else [name.span()]


def pair(source: Source, start: int, end: int) -> list[tuple[int, int]]:
    """The two sides of ``name=value``; the name alone where there is no ``=``."""
    at = source.text.find("=", start, end)
    return [(start, end)] if at < 0 else [(start, at), (at + 1, end)]


def resolved_again(one: Word, lookup: Lookup, escape: str) -> Word:
    """A string of an array, as Docker resolves it once more: COPY and VOLUME."""
    return Word(resolved(one.text, lookup, escape)[0], one.span, one.quoted)


def word(source: Source, start: int, end: int, lookup: Lookup, escape: str) -> Word:
    """The word at ``[start, end)``, resolved. Malformed counts from the source's beginning."""
    try:
        text, quoted = resolved(source.text[start:end], lookup, escape)
    except Malformed as error:
        raise Malformed(error.what, start + error.offset) from None
    return Word(text, source.span(start, end), quoted)


def as_written(source: Source, start: int, end: int) -> Word:
    """The word at ``[start, end)`` with all its signs."""
    return Word(source.text[start:end], source.span(start, end))
