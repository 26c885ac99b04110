"""A shell's text as tokens, and its words without quotes. Whatever the text, there is a token."""

from __future__ import annotations

import re
from collections.abc import Iterator

from argosy.dockerfiles.pieces import Span, Word
from argosy.dockerfiles.variables import Lookup

# Inside quotes a substitution has quotes of its own. The bound keeps the time linear.
_QUOTED = r"""
    "(?:[^"\\$]
      | \\.
      | \$\((?:[^()"]|"[^"]{0,200}"|\([^()]{0,200}\)){0,200}+\)
      | \$
    )*+(?:"|\\?\Z)
"""
_BLANK = r"(?:[ \t\r\f\v]+|\\\r?\n)"
_TOKEN = re.compile(
    rf"""
    {_BLANK}*+
  (?:
    (?P<newline>\n)
  | (?P<comment>(?<![^\s;&|()])\#[^\n]*)
  | (?P<redirection>(?:[0-9]+)?(?:<<<|<<-?|<>|<&|>>|>\||>&|[<>](?!\())|&>>?)
  | (?P<operator>&&|\|\||;;&?|;&|;|\|&|\||&|\(|\))
  | (?P<word>(?:
        [^\s'"\\$`;&|<>()]+
      | \\(?:.|\Z)
      | '[^']*(?:'|\Z)
      | {_QUOTED}
      | \$\{{[^{{}}]*\}}
      | `(?:[^`\\]|\\.)*+(?:`|\\?\Z)
      | \$(?!\()
    )+)
  | (?P<substitution>[$<>]\()
  | (?P<end>\Z)
  | (?P<other>.)
  )
    """,
    re.VERBOSE | re.DOTALL,
)
_IN_SUBSTITUTION = re.compile(
    r"""[^'"\\()]+|\\.|'[^']*(?:'|\Z)|"(?:[^"\\]|\\.)*+(?:"|\\?\Z)|[()\\]""", re.DOTALL
)
_CHUNK = re.compile(
    r"""\\\r?\n|\\(.)|'([^']*)'?|"((?:[^"\\]|\\.)*+)"?|\$\{(\w+)\}|\$([^\W\d]\w*)|[^'"\\$]+|[$\\]""",
    re.DOTALL,
)
_IN_QUOTES = re.compile(
    r"""\\\r?\n|\\([$`"\\])|\$\{(\w+)\}|\$([^\W\d]\w*)|[^\\$]+|[$\\]""", re.DOTALL
)
_BEGINS_INSIDE = re.compile(r"'[^']*'|\\.|\$\(", re.DOTALL)


def tokens(text: str) -> Iterator[tuple[str, int, int]]:
    """All but blanks and the bodies of heredocs: kind, start and end of each.

    The kind is newline, comment, redirection, operator, word or substitution. Words and
    substitutions that touch are one.
    """
    at = 0
    waiting: list[tuple[int, int, bool]] = []
    heredoc = ""
    while found := _TOKEN.match(text, at):
        kind = found.lastgroup or "word"
        if kind == "end":
            break
        at, end = found.span(kind)
        if kind == "substitution":
            end = _behind_parenthesis(text, end, len(text))
        elif kind == "other":
            kind = "word"
        yield kind, at, end
        if kind == "redirection":
            heredoc = text[at:end].lstrip("0123456789")
        else:
            if heredoc in ("<<", "<<-") and kind == "word":
                waiting.append((at, end, heredoc == "<<-"))
            heredoc = ""
        at = end
        if kind == "newline" and waiting:
            at = _behind_heredocs(text, at, waiting)
            waiting = []


def _behind_parenthesis(text: str, at: int, end: int) -> int:
    """Where the parenthesis that is open at ``at`` has ended, or ``end``."""
    depth = 1
    while depth and at < end:
        found = _IN_SUBSTITUTION.match(text, at, end)
        sign = found[0] if found else ""
        depth += (sign == "(") - (sign == ")")
        at = found.end() if found else at + 1
    return at


def substitutions(text: str, start: int, end: int) -> list[tuple[int, int]]:
    """The insides of what is substituted in the quotes of a word."""
    found: list[tuple[int, int]] = []
    at = start
    while at < end and (begin := _BEGINS_INSIDE.search(text, at, end)):
        at = begin.end()
        if begin[0] == "$(":
            stop = _behind_parenthesis(text, at, end)
            found.append((at, max(stop - 1, at)))
            at = stop
    return found


def _behind_heredocs(text: str, at: int, waiting: list[tuple[int, int, bool]]) -> int:
    for start, end, strips in waiting:
        name = re.sub(r"['\"\\]", "", text[start:end])
        while at < len(text):
            stop = text.find("\n", at)
            stop = len(text) if stop < 0 else stop
            line, at = text[at:stop].rstrip("\r"), stop + 1
            if (line.lstrip("\t") if strips else line) == name:
                break
    return at


def unquoted(written: str, span: Span, lookup: Lookup) -> Word:
    """A word of a shell: quotes and escapes resolved, variables that are known filled in."""
    if not ("$" in written or "\\" in written or "'" in written or '"' in written):
        return Word(written, span)
    parts: list[str] = []
    quoted = False
    for found in _CHUNK.finditer(written):
        escaped, single, double = found[1], found[2], found[3]
        if double is not None:
            quoted = True
            parts += (
                _chunk(one, one[1], one[2] or one[3], lookup) for one in _IN_QUOTES.finditer(double)
            )
        else:
            quoted = quoted or single is not None
            plain = escaped if escaped is not None else single
            parts.append(_chunk(found, plain, found[4] or found[5], lookup))
    return Word("".join(parts), span, quoted)


def _chunk(found: re.Match[str], plain: str | None, name: str | None, lookup: Lookup) -> str:
    if plain is not None:
        return plain
    if name:
        value = lookup(name)
        return found[0] if value is None else value
    return "" if found[0].startswith("\\") and len(found[0]) > 1 else found[0]
