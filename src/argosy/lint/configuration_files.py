"""Which file configures the linter for a path.

`.argosy-lint.yaml`, or `[tool.argosy.lint]` in `pyproject.toml`: the nearest from the linted path
upward, as far as the root of its repository. What it says is `configuration`'s matter, whose checks
are slow to import: most paths have no such file.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from argosy.errors import UsageError

YAML_NAME = ".argosy-lint.yaml"
TOML_NAME = "pyproject.toml"
_TABLE = re.compile(r"^\s*\[+\s*tool\.argosy\.lint\b", re.MULTILINE)


def nearest_file(path: Path) -> Path | None:
    """The file that configures the linting of a path; None where there is none.

    Raises UsageError where a folder has both.
    """
    start = path.absolute()
    for folder in (start, *start.parents):
        found = [file for file in (folder / YAML_NAME, folder / TOML_NAME) if _configures(file)]
        if len(found) > 1:
            raise UsageError(
                f"both {YAML_NAME} and {TOML_NAME} configure the linter here",
                where=str(folder),
                next_step=f"Keep {YAML_NAME}, or [tool.argosy.lint] in {TOML_NAME}.",
            )
        if found:
            return found[0]
        if (folder / ".git").exists():
            return None
    return None


def repository(folder: Path) -> Path:
    """The root of the repository that a folder lies in; itself where it lies in none."""
    start = folder.absolute()
    roots = (one for one in (start, *start.parents) if (one / ".git").exists())
    return next(roots, start)


def grouped(paths: Iterable[Path]) -> dict[Path | None, list[Path]]:
    """Paths by the file that configures them, in the order of the first of each."""
    groups: dict[Path | None, list[Path]] = {}
    for path in paths:
        groups.setdefault(nearest_file(path), []).append(path)
    return groups


def _configures(file: Path) -> bool:
    if file.name == YAML_NAME:
        return file.is_file()
    try:
        return bool(_TABLE.search(file.read_text()))
    except (OSError, UnicodeDecodeError):
        return False
