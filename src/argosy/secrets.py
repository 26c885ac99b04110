"""Secrets of models: read where `up` runs, kept in files that only this user and the model reach.

Their values are in no environment, log, revision or image; what a model gets is a file's path.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path

from argosy.errors import UsageError

DOT_ENV = ".env"
SUFFIX = "_FILE"


def folder(state: Path) -> Path:
    """Where a stack's secrets lie, in its state folder."""
    return state / "secrets"


def files(state: Path, names: Iterable[str]) -> dict[str, Path]:
    """The file of each secret."""
    return {name: folder(state) / name for name in names}


def variables(places: Mapping[str, str]) -> dict[str, str]:
    """What tells a model where its secrets lie: ``HF_TOKEN_FILE``, by secret."""
    return {f"{name}{SUFFIX}": place for name, place in places.items()}


def keep(
    names: Iterable[str],
    stack_folder: Path,
    state: Path,
    environment: Mapping[str, str] = os.environ,
) -> None:
    """Keep the values of these secrets, from the environment or the file ``.env``.

    One that is in neither stays as it was kept before. Raises `UsageError` where there is none.
    """
    names = sorted(set(names))
    if missing := without_value(names, stack_folder, state, environment):
        raise UsageError(
            f"no value for the secret{'s' if len(missing) > 1 else ''} {', '.join(missing)}",
            where=str(stack_folder),
            next_step=f"Set the variable, or write `{missing[0]}=…` into {DOT_ENV} there.",
        )
    told = _told(stack_folder, environment) if names else {}
    for name in names:
        if told.get(name):
            _write(folder(state) / name, told[name])


def without_value(
    names: Iterable[str],
    stack_folder: Path,
    state: Path,
    environment: Mapping[str, str] = os.environ,
) -> list[str]:
    """The secrets that are neither in the environment nor in ``.env``, nor were kept before."""
    told = _told(stack_folder, environment)
    return [name for name in names if not told.get(name) and not (folder(state) / name).is_file()]


def _told(stack_folder: Path, environment: Mapping[str, str]) -> dict[str, str]:
    return {**_dot_env(stack_folder / DOT_ENV), **environment}


def _write(file: Path, value: str) -> None:
    """In a folder that nobody else enters; a container's user must be able to read the file."""
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    file.parent.chmod(0o700)
    temporary = file.with_suffix(".new")
    temporary.touch(mode=0o444, exist_ok=True)
    temporary.chmod(0o644)
    temporary.write_text(value)
    temporary.chmod(0o444)
    temporary.replace(file)


def _dot_env(file: Path) -> dict[str, str]:
    """``NAME=value`` lines, with or without ``export`` and quotes; # begins a comment line."""
    try:
        lines = file.read_text().splitlines()
    except OSError:
        return {}
    found = {}
    for line in lines:
        name, equals, value = line.strip().removeprefix("export ").partition("=")
        if equals and not name.startswith("#"):
            found[name.strip()] = _unquoted(value.strip())
    return found


def _unquoted(value: str) -> str:
    """A # after a blank begins a comment, except in quotes."""
    quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "'\""
    return value[1:-1] if quoted else re.sub(r"(^|\s+)#.*", "", value)
