"""Plain values → the text of a stack file, with comments. No I/O here.

Texts keep their ``${VAR}``. Short mappings and lists stand on one line.
"""

from __future__ import annotations

import json
import re
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from argosy.stack.document import Keys, number

WIDTH = 100
SHORT = 76

_PLAIN = re.compile(r"[A-Za-z0-9_./~$][A-Za-z0-9_./@%+=~ ${},()<>:-]*")
_PLAIN_IN_FLOW = re.compile(r"[A-Za-z0-9_./~][A-Za-z0-9_./@%+=~-]*")
_ADDRESS = re.compile(r"[0-9]+(\.[0-9]+){3}:[0-9]+")
_WORDS = re.compile(r"y|n|yes|no|on|off|true|false|null|~", re.IGNORECASE)  # YAML 1.1, too


def write(values: Mapping[str, Any], comments: Mapping[Keys, Sequence[str]], apart: int = 2) -> str:
    """A mapping as YAML. Mappings up to ``apart`` deep have an empty line between their keys."""
    return "\n".join(_mapping(values, (), comments, apart)) + "\n"


def comment(text: str, indentation: int = 0, hanging: int = 0) -> list[str]:
    """The lines of a comment; those after the first are indented by ``hanging`` more."""
    text = "".join(one if one.isprintable() else "�" for one in text)
    start = " " * indentation + "# "
    return textwrap.wrap(
        text, WIDTH, initial_indent=start, subsequent_indent=start + " " * hanging,
        break_long_words=False, break_on_hyphens=False,
    )  # fmt: skip


def _mapping(
    values: Mapping[str, Any], path: Keys, comments: Mapping[Keys, Sequence[str]], apart: int
) -> Iterator[str]:
    indentation = "  " * len(path)
    for index, (key, value) in enumerate(values.items()):
        below = (*path, key)
        if index and len(path) < apart and isinstance(value, Mapping):
            yield ""
        yield from _comments(below, comments, len(indentation), value)
        name = f"{indentation}{_scalar(key)}:"
        if _is_short(name, value, below, comments):
            yield f"{name} {_flow(value)}"
        elif isinstance(value, Mapping):
            yield name
            yield from _mapping(value, below, comments, apart)
        elif isinstance(value, list):
            yield name
            yield from _list(value, below, comments)
        else:
            yield from _block(name, value, len(indentation) + 2)


def _list(values: list[Any], path: Keys, comments: Mapping[Keys, Sequence[str]]) -> Iterator[str]:
    indentation = "  " * len(path)
    for index, value in enumerate(values):
        below = (*path, str(index))
        yield from _comments(below, comments, len(indentation), value)
        if isinstance(value, Mapping | list):
            flow = _flow(value)
            if len(flow) + len(indentation) + 2 <= WIDTH:
                yield f"{indentation}- {flow}"
                continue
            inner = (
                _mapping(value, below, comments, 0)
                if isinstance(value, Mapping)
                else _list(value, below, comments)
            )
            for number_of, line in enumerate(inner):
                bare = line[len(indentation) + 2 :]
                yield f"{indentation}{'  ' if number_of else '- '}{bare}"
        else:
            yield from _block(f"{indentation}-", value, len(indentation) + 2)


def _comments(
    path: Keys, comments: Mapping[Keys, Sequence[str]], indentation: int, value: Any
) -> Iterator[str]:
    """Those of the key, and those of what is below it and stands in no key."""
    for at, texts in comments.items():
        lost = (
            at[: len(path)] == path
            and len(at) > len(path)
            and not _is_there(value, at[len(path) :])
        )
        if at == path or (lost and _is_deepest(value, at[len(path) :])):
            for text in texts:
                yield from comment(text, indentation)


def _is_there(value: Any, path: Keys) -> bool:
    for key in path:
        value = _step(value, key)
        if value is None:
            return False
    return True


def _is_deepest(value: Any, path: Keys) -> bool:
    """Whether no key below ``value`` leads nearer to ``path``."""
    return _step(value, path[0]) is None


def _step(value: Any, key: str) -> Any:
    if isinstance(value, Mapping):
        return value.get(key)
    if isinstance(value, list) and key.isdigit() and int(key) < len(value):
        return value[int(key)]
    return None


def _is_short(name: str, value: Any, path: Keys, comments: Mapping[Keys, Sequence[str]]) -> bool:
    if not isinstance(value, Mapping | list):
        return False
    if any(
        at[: len(path)] == path and len(at) > len(path) and _is_there(value, at[len(path) :])
        for at in comments
    ):
        return False
    nested = list(value.values() if isinstance(value, Mapping) else value)
    if any(isinstance(one, str) and _is_block(one) for one in nested):
        return False
    flat = not any(isinstance(one, Mapping | list) and one for one in nested)
    return not value or (len(path) > 2 and flat and len(name) + len(_flow(value)) < SHORT)


def _block(name: str, value: Any, indentation: int) -> Iterator[str]:
    if isinstance(value, str) and _is_block(value):
        mark = "" if value.endswith("\n") else "-"
        yield f"{name} |{mark}"
        for line in value.rstrip("\n").split("\n"):
            yield " " * indentation + line if line else ""
    else:
        yield f"{name} {_scalar(value)}"


def _is_block(text: str) -> bool:
    body = text.removesuffix("\n")
    lines = body.split("\n")
    return (
        "\n" in text
        and bool(lines[0])
        and bool(lines[-1])
        and not lines[0].startswith((" ", "#"))
        and all(line.isprintable() and line == line.rstrip() for line in lines)
    )


def _flow(value: Any) -> str:
    if isinstance(value, Mapping):
        inner = ", ".join(f"{_scalar(key, flow=True)}: {_flow(one)}" for key, one in value.items())
        return f"{{{inner}}}"
    if isinstance(value, list):
        return f"[{', '.join(_flow(one) for one in value)}]"
    return _scalar(value, flow=True)


def _scalar(value: Any, *, flow: bool = False) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if not isinstance(value, str):
        return json.dumps(value)
    pattern = _PLAIN_IN_FLOW if flow else _PLAIN
    is_plain = (
        pattern.fullmatch(value)
        and not _WORDS.fullmatch(value)
        and number(value) is None
        and not re.search(r":( |$)| #|^(\.|-|---)$| $", value)
        and not re.fullmatch(r"[0-9][0-9:_.,eE+-]*", value)  # times, dates and ports of YAML 1.1
    )
    if is_plain or _ADDRESS.fullmatch(value):
        return value
    if '"' in value and "'" not in value and value.isprintable():
        return f"'{value}'"
    quoted = json.dumps(value, ensure_ascii=False)
    return "".join(one if one.isprintable() else f"\\U{ord(one):08x}" for one in quoted)
