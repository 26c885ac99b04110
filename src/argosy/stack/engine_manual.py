"""The manual of the engines, `docs/engines.md`, made from the docstrings of their files."""

from __future__ import annotations

import inspect
from collections.abc import Iterable, Iterator

from argosy_runner import engines

_INTRODUCTION = """\
# Engines

Made by `scripts/docs` from the engines' own files. An engine executes a model; `engine:` in the
[stack file](stack-file.md) names it. It brings the packages that it needs, so that `engine` and
`weights` alone are a complete model. A `code` folder beside them can pin versions in its
requirements.txt, whose word outweighs the engine's.

A file that an engine cannot take, a package that is missing, an option that does not exist: the
reason is one line, in `argosy up` and `argosy ps`.

| engine | files | brings | options |
|---|---|---|---|
"""


def text() -> str:
    """docs/engines.md."""
    rows = "".join(f"{_row(name)}\n" for name in engines.names())
    return _INTRODUCTION + rows + "".join(_section(name) for name in engines.names())


def _row(name: str) -> str:
    suffixes = getattr(engines.module(name), "SUFFIXES", ())
    columns = (suffixes, engines.requirements(name), engines.options(name))
    cells = ("its own" if column is None else _words(column) for column in columns)
    return f"| [`{name}`](#{name}) | {' | '.join(cells)} |"


def _words(column: Iterable[str]) -> str:
    return ", ".join(f"`{word}`" for word in column) or "–"


def _section(name: str) -> str:
    manual = inspect.getdoc(engines.module(name)) or ""
    return "\n".join([f"\n## {name}\n", manual.replace("``", "`"), *_options(name), ""])


def _options(name: str) -> Iterator[str]:
    if known := engines.options(name):
        yield "\n| option | meaning |\n|---|---|"
        for option, meaning in known.items():
            yield f"| `{option}` | {meaning} |"
