"""Which files are looked at: those that are named, and those below named folders."""

from __future__ import annotations

import fnmatch
import os
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from argosy.compose_files.parsing import SERVICES_STEP
from argosy.compose_files.recognition import is_compose
from argosy.errors import UsageError
from argosy.lint.project.folder import Folders, is_looked_into
from argosy.lint.project.pyproject import PROJECTS

Kind = Literal["dockerfile", "compose", "stack", "requirements", "python"]

_DOCKERFILE = re.compile(
    r"(.*\.)?(Dockerfile|Containerfile)([.-].*)?|.*\.dockerfile", re.IGNORECASE
)
_NOT_DOCKERFILE = re.compile(
    r".*\.(dockerignore|md|py|sh|txt|ya?ml|j2|jinja2?|tmpl|template|tpl|orig|rej|swp|bak)",
    re.IGNORECASE,
)
_REQUIREMENTS = re.compile(r"(.*[-_.])?requirements([-_.].*)?\.txt", re.IGNORECASE)
_OF_CONDA = re.compile(r"(.*[-_.])?(conda|environment)([-_.].*)?\.ya?ml", re.IGNORECASE)
_DEPENDENCIES = re.compile(r"^dependencies[ \t]*:", re.MULTILINE)
_COMPOSE = re.compile(r"(docker-)?compose([.-].*)?\.ya?ml")
_SERVICES = re.compile(r"^(services|include)[ \t]*:", re.MULTILINE)
_YAML = (".yaml", ".yml")


_LISTS = ("requirements.txt", "environment.yml", "environment.yaml")  # whatever they hold
_STACK = ("argosy.yaml", "argosy.yml")


@dataclass(frozen=True)
class Found:
    """A file and what it is."""

    file: Path
    kind: Kind


def discover(
    paths: Sequence[Path], folders: Folders, exclude: Iterable[str] = ()
) -> tuple[Found, ...]:
    """Every file that can be linted, each once, in the order of the paths.

    A file that is named is looked at whatever it is called; below folders, names decide, and for
    YAML the content. ``pyproject.toml`` and ``Pipfile`` count by themselves only where they are
    named: elsewhere they are read with what installs them. ``exclude`` are patterns of paths.
    Raises UsageError for what is not there, and for a named file that is nothing to lint.
    """
    patterns = tuple(exclude)
    found: dict[Path, Found] = {}
    for path in paths:
        if path.is_dir():
            for file in _below(path):
                kind = None if _is_excluded(file, patterns) else kind_of(file, folders)
                if kind is not None:
                    found.setdefault(file, Found(file, kind))
            continue
        found.setdefault(path, _named(path, folders))
    return tuple(found.values())


def kind_of(file: Path, folders: Folders) -> Kind | None:
    """What a file is, by its name; of other YAML, by what stands in it. None for anything else."""
    name = file.name
    if name in _STACK:
        return "stack"
    if file.suffix in _YAML:
        text = folders.text(file)
        if text is None:
            unreadable: Kind | None = "compose" if _COMPOSE.fullmatch(name) else None
            return "requirements" if name in _LISTS else unreadable
        if _OF_CONDA.fullmatch(name) and _DEPENDENCIES.search(text):
            return "requirements"
        is_named_so = bool(_COMPOSE.fullmatch(name)) and bool(_SERVICES.search(text))
        return "compose" if is_named_so or is_compose(text) else None
    if _REQUIREMENTS.fullmatch(name):
        return "requirements"
    if file.suffix == ".py":
        return "python"
    if _DOCKERFILE.fullmatch(name) and not _NOT_DOCKERFILE.fullmatch(name):
        return "dockerfile"
    return None


def _named(path: Path, folders: Folders) -> Found:
    if not path.exists() and path not in folders.given:
        if path.is_symlink():
            step = "Mend or remove the link."
            raise UsageError("this link leads nowhere", where=str(path), next_step=step)
        step = "Name files or folders that are on this machine."
        if re.match(r"[a-z+]+:/", str(path)):
            step = "Nothing is fetched: clone or download it, and name the files."
        raise UsageError("no such file or folder", where=str(path), next_step=step)
    text = folders.text(path)
    if text is None:
        step = "Name a text file in UTF-8 of at most 1 MiB."
        raise UsageError("this file cannot be read", where=str(path), next_step=step)
    kind = "requirements" if path.name in PROJECTS else kind_of(path, folders) or guess(text)
    if kind is None and _COMPOSE.fullmatch(path.name):
        what = "there is no `services:` in this Compose file"
        raise UsageError(what, where=str(path), next_step=SERVICES_STEP)
    if kind is None:
        step = (
            "Name a Dockerfile, a Compose or stack file, a list of packages, Python, or a folder."
        )
        raise UsageError("this is nothing that can be linted", where=str(path), next_step=step)
    return Found(path, kind)


def guess(text: str) -> Kind | None:
    """What a text is, whatever its name."""
    if re.search(r"^\s*FROM\s+\S+", text, re.MULTILINE | re.IGNORECASE) and not is_compose(text):
        return "dockerfile"
    if re.search(r"^models:", text, re.MULTILINE) and not re.search(
        r"^services:", text, re.MULTILINE
    ):
        return "stack"
    return "compose" if re.search(r"^(services|include):", text, re.MULTILINE) else None


def _below(folder: Path) -> Iterator[Path]:
    for here, names, files in os.walk(folder):
        names[:] = sorted(name for name in names if is_looked_into(name))
        for name in sorted([*files, *filter(_is_list, names)]):
            yield Path(f"{here}/{name}")


def _is_list(name: str) -> bool:
    """Docker makes a folder of such a name where a file to be mounted is missing."""
    return name in _LISTS or bool(_REQUIREMENTS.fullmatch(name))


def is_like(file: Path, pattern: str) -> bool:
    """Whether a pattern means a path, the end of it, or a folder that it lies in."""
    text = file.as_posix()
    return (
        fnmatch.fnmatch(text, pattern)
        or fnmatch.fnmatch(text, f"*/{pattern}")
        or f"/{pattern.strip('/')}/" in f"/{text}"
    )


def _is_excluded(file: Path, patterns: Sequence[str]) -> bool:
    return any(is_like(file, one) for one in patterns)
