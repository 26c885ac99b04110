"""Quotes, escapes and variables of one argument, as Docker resolves them.

The rules are those of https://docs.docker.com/reference/dockerfile/#environment-replacement . Two
things differ, as nobody builds here: a variable that is not known stays as it is written, and so
does one whose pattern is wrong.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

# What BuildKit itself knows of the machine that builds, and of the one that is built for.
OF_THE_BUILD = frozenset(
    f"{side}{part}"
    for side in ("BUILD", "TARGET")
    for part in ("PLATFORM", "OS", "ARCH", "VARIANT", "OSVERSION")
) | {"TARGETSTAGE"}

Lookup = Callable[[str], str | None]

_NAME = re.compile(r"[0-9]+|[^\W\d]\w*|[@*#?\-$!]")
_PLAIN = {one: re.compile(rf"[^'\"${re.escape(one)}}}/]+") for one in "\\`"}
_STARS = 3
_LONGEST = 1000
_SINGLE = re.compile(r"'[^']*'")


class Malformed(Exception):
    """A quote or a brace that is never closed, or a variable that cannot be meant."""

    def __init__(self, what: str, offset: int) -> None:
        super().__init__(what)
        self.what = what
        self.offset = offset


def resolved(text: str, lookup: Lookup, escape: str = "\\") -> tuple[str, bool]:
    """The text without quotes and escapes, variables filled in, and whether it had quotes.

    Raises Malformed where Docker would refuse it. Needs no more stack for deeper braces.
    """
    if not ("$" in text or escape in text or "'" in text or '"' in text):
        return text, False
    reading = _Reading(text, lookup, escape)
    return reading.read(), reading.quoted


@dataclass
class _Open:
    """Braces that are open: ``${name``, and what follows the name."""

    start: int
    name: str = ""
    modifier: str = ""
    parts: list[str] = field(default_factory=list)
    quote: int | None = None
    pattern: str | None = None

    @property
    def is_pattern(self) -> bool:
        return self.modifier in ("#", "##", "%", "%%", "/", "//")


class _Reading:
    def __init__(self, text: str, lookup: Lookup, escape: str) -> None:
        self._text = text
        self._lookup = lookup
        self._escape = escape
        self._at = 0
        self._open = [_Open(0)]
        self.quoted = False

    def read(self) -> str:
        text, plain = self._text, _PLAIN[self._escape]
        while self._at < len(text):
            if found := plain.match(text, self._at):
                self._open[-1].parts.append(found[0])
                self._at = found.end()
            else:
                self._special(text[self._at])
        last = self._open[-1]
        if last.quote is not None:
            raise Malformed('A " is never closed', last.quote)
        if len(self._open) > 1:
            raise Malformed("A ${ is never closed", last.start)
        return "".join(last.parts)

    def _special(self, character: str) -> None:
        inner = self._open[-1]
        if character == "$":
            self._dollar()
        elif character == '"':
            self.quoted = self.quoted or len(self._open) == 1
            inner.quote = self._at if inner.quote is None else None
            self._at += 1
        elif character == "'" and inner.quote is None:
            found = _SINGLE.match(self._text, self._at)
            if not found:
                raise Malformed("A ' is never closed", self._at)
            self.quoted = self.quoted or len(self._open) == 1
            inner.parts.append(found[0][1:-1])
            self._at = found.end()
        elif character == self._escape:
            self._escaped(inner)
        elif character == "}" and len(self._open) > 1 and inner.quote is None:
            self._at += 1
            self._close()
        elif character == "/" and inner.modifier.startswith("/") and inner.pattern is None:
            inner.pattern, inner.parts = "".join(inner.parts), []
            self._at += 1
        else:
            inner.parts.append(character)
            self._at += 1

    def _escaped(self, inner: _Open) -> None:
        following = self._text[self._at + 1 : self._at + 2]
        in_quotes = inner.quote is not None
        stays = in_quotes and following not in ('"', "$", self._escape)
        if (stays or inner.is_pattern) and following:
            inner.parts.append(self._escape)
        inner.parts.append(following)
        self._at += 2

    def _dollar(self) -> None:
        text, start = self._text, self._at
        if not text.startswith("{", start + 1):
            found = _NAME.match(text, start + 1)
            name = found[0] if found else ""
            value = self._lookup(name) if name else None
            self._open[-1].parts.append(f"${name}" if value is None else value)
            self._at = start + 1 + len(name)
            return
        found = _NAME.match(text, start + 2)
        if not found:
            raise Malformed("A ${ without the name of a variable", start)
        following = text[found.end() : found.end() + 2]
        modifier = following[:2] if following[:1] == ":" else following[:1]
        if following in ("##", "%%", "//"):
            modifier = following
        if modifier not in _MODIFIERS:
            what = "A ${ is never closed" if not modifier else f"{modifier} says nothing in a ${{"
            raise Malformed(what, start)
        self._open.append(_Open(start, found[0], modifier))
        self._at = found.end() + len(modifier)
        if modifier == "}":
            self._close()

    def _close(self) -> None:
        inner = self._open.pop()
        if inner.modifier.startswith("/") and inner.pattern is None:
            raise Malformed("A ${ with one / too few", inner.start)
        value = _valued(inner, self._lookup(inner.name))
        raw = self._text[inner.start : self._at]
        self._open[-1].parts.append(raw if value is None else value)


_MODIFIERS = frozenset({"}", ":-", ":+", ":?", "-", "+", "?", "#", "##", "%", "%%", "/", "//"})


def _valued(inner: _Open, value: str | None) -> str | None:
    """What braces come to, or None where they stay as written."""
    modifier, word = inner.modifier, "".join(inner.parts)
    if value is None and inner.name in OF_THE_BUILD:
        return None
    is_set = value is not None and (value != "" or not modifier.startswith(":"))
    if modifier in ("-", ":-"):
        return value if is_set else word
    if modifier in ("+", ":+"):
        return word if is_set else ""
    if value is None or modifier in ("}", "?", ":?"):
        return value
    if modifier.startswith("/"):
        found = _pattern(inner.pattern or "", greedy=True)
        if found is None or len(value) > _LONGEST:
            return None
        return found.sub(lambda _: word, value, 0 if modifier == "//" else 1)
    return _trimmed(value, word, modifier)


def _trimmed(value: str, pattern: str, modifier: str) -> str | None:
    found = _pattern(pattern, greedy=len(modifier) == 2)
    if found is None or len(value) > _LONGEST:
        return None
    if modifier.startswith("#"):
        matched = found.match(value)
        return value[matched.end() :] if matched else value
    starts = range(len(value) + 1)
    for start in starts if len(modifier) == 2 else reversed(starts):
        if found.fullmatch(value, start):
            return value[:start]
    return value


def _pattern(pattern: str, *, greedy: bool) -> re.Pattern[str] | None:
    """A shell's pattern as an expression; None where an escape in it says nothing.

    None also for more stars than anybody needs: each multiplies the time that matching takes.
    """
    if pattern.count("*") > _STARS:
        return None
    made: list[str] = []
    characters = iter(pattern)
    for character in characters:
        if character == "*":
            if made[-1:] != [star := ".*" if greedy else ".*?"]:
                made.append(star)
        elif character == "?":
            made.append(".")
        elif character == "\\":
            escaped = next(characters, "")
            if escaped not in ("*", "?", "\\", "}", "/") or not escaped:
                return None
            made.append(re.escape(escaped))
        else:
            made.append(re.escape(character))
    return re.compile("".join(made), re.DOTALL)
