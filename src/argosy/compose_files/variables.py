"""Variables in Compose files: filled in to understand a value, rewritten to carry it. No I/O here.

Compose (compose-spec, Interpolation) knows ``$NAME``, ``${NAME}``, and after the name ``:-``, ``-``
(a default), ``:?``, ``?`` (must be set), ``:+``, ``+`` (instead of a value), whose words may hold
variables again. A stack file knows ``${NAME}`` and ``${NAME:-default}``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from argosy.compose_files.secrets import looks_secret

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_OPERATOR = re.compile(r":?[-?+]")


@dataclass(frozen=True)
class Reference:
    """A variable in a text. ``word`` is what follows the operator."""

    name: str
    operator: str = ""
    word: str = ""


def fill(text: str, known: Mapping[str, str]) -> str:
    """The text with what is known filled in.

    What is unknown, and all that looks like a secret, stays as ``${NAME}``.
    """
    if "$" not in text:
        return text
    return "".join(
        one if isinstance(one, str) else _filled(one, known) for one in _parts(text, dollar="$")
    )


def rewrite(text: str, known: Mapping[str, str]) -> str:
    """The text as a stack file has it: what is known becomes the default of its variable."""
    return "".join(
        one if isinstance(one, str) else _rewritten(one, known) for one in _parts(text, dollar="$$")
    )


def unknown(text: str, known: Mapping[str, str]) -> tuple[str, ...]:
    """The variables that must be set before a stack with this text runs, in their order."""
    found = _parts(rewrite(text, known), dollar="$$")
    names = (one.name for one in found if isinstance(one, Reference) and not one.operator)
    return tuple(dict.fromkeys(names))


def _filled(one: Reference, known: Mapping[str, str]) -> str:
    value = None if looks_secret(one.name) else known.get(one.name)
    is_given = bool(value) if one.operator.startswith(":") else value is not None
    if one.operator.endswith("+"):
        return fill(one.word, known) if is_given else ""
    if is_given:
        return value or ""
    if one.operator.endswith("-"):
        return fill(one.word, known)
    return f"${{{one.name}}}"


def _rewritten(one: Reference, known: Mapping[str, str]) -> str:
    filled = _filled(one, known)
    if one.operator.endswith("+"):
        return filled.replace("$", "$$")
    if filled == f"${{{one.name}}}":
        return filled
    is_plain = not re.search(r"[${}]", filled)
    return f"${{{one.name}:-{filled}}}" if is_plain else f"${{{one.name}}}"


def _parts(text: str, dollar: str) -> Iterator[str | Reference]:
    """Texts and references; ``$$`` and a lone ``$`` are given as ``dollar``."""
    position = 0
    while (start := text.find("$", position)) >= 0:
        yield text[position:start]
        position = start + 1
        if text.startswith("$", position):
            yield dollar
            position += 1
        elif name := _NAME.match(text, position):
            yield Reference(name[0])
            position = name.end()
        elif (found := _braced(text, position)) is not None:
            reference, position = found
            yield reference
        else:
            yield dollar
    yield text[position:]


def _braced(text: str, start: int) -> tuple[Reference, int] | None:
    """The reference whose ``{`` is at ``start``, and where it ends."""
    name = _NAME.match(text, start + 1) if text.startswith("{", start) else None
    end = _closing(text, start) if name else -1
    if name is None or end < 0:
        return None
    operator = _OPERATOR.match(text, name.end())
    if operator is None:
        return (Reference(name[0]), end + 1) if name.end() == end else None
    return Reference(name[0], operator[0], text[operator.end() : end]), end + 1


def _closing(text: str, start: int) -> int:
    depth = 0
    for index in range(start, len(text)):
        depth += (text[index] == "{") - (text[index] == "}")
        if depth == 0:
            return index
    return -1
