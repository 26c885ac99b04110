"""A text of TOML → its values; what is none is told with its place. No I/O here."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import Any

from argosy.errors import FileMistakes, Problem

_PLACE = re.compile(r"\(at line (\d+), column (\d+)\)")


def read_toml(text: str, file: Path) -> dict[str, Any]:
    """The values of a text. Raises FileMistakes where it is no TOML."""
    try:
        return tomllib.loads(text.removeprefix("\ufeff"))
    except RecursionError as error:
        raise _mistake(file, 1, 1, "it is nested too deeply") from error
    except tomllib.TOMLDecodeError as error:
        found = _PLACE.search(str(error))
        at_end = (max(len(text.splitlines()), 1), 1)
        line, column = (int(found[1]), int(found[2])) if found else at_end
        raise _mistake(file, line, column, str(error).partition(" (at ")[0]) from error
    except ValueError as error:
        raise _mistake(file, 1, 1, "a number has too many digits") from error


def _mistake(file: Path, line: int, column: int, why: str) -> FileMistakes:
    what = f"this is not TOML: {why[:1].lower()}{why[1:]}"
    return FileMistakes((Problem(file, line, column, "", what, "Check its quotes and brackets."),))
