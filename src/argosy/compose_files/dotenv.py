"""Files of variables as Compose reads them: `.env` and what `env_file` names. No I/O here.

The format is that of https://docs.docker.com/compose/how-tos/environment-variables/, `.env` syntax.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from argosy.compose_files import variables

_LINE = re.compile(
    r"""^[ \t]*(?:export[ \t]+)?([A-Za-z_][A-Za-z0-9_.-]*)[ \t]*[=:][ \t]*
    (?:"((?:[^"\\]|\\.)*)"|'([^']*)'|([^\n]*?))[ \t]*(?:[ \t]\#[^\n]*)?$""",
    re.MULTILINE | re.VERBOSE,
)
_ESCAPES = {r"\n": "\n", r"\t": "\t", r"\"": '"', r"\\": "\\"}


def read(text: str) -> dict[str, str]:
    """The variables by name; references to earlier ones are filled in."""
    found: dict[str, str] = {}
    for name, value in _variables(text):
        found[name] = variables.fill(value, found)
    return found


def _variables(text: str) -> Iterator[tuple[str, str]]:
    for found in _LINE.finditer(text.replace("\r\n", "\n")):
        name, double, single, bare = found.groups()
        if double is not None:
            yield name, re.sub(r"\\.", lambda one: _ESCAPES.get(one[0], one[0]), double)
        elif single is not None:
            yield name, single.replace("$", "$$")
        else:
            yield name, "" if bare.startswith("#") else bare
