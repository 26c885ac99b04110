"""Reading the lists of packages that images, models and people name, each once.

Requirements files, `pyproject.toml` of pip, uv, Poetry and PDM, `Pipfile` and `environment.yml`.
"""

from __future__ import annotations

import os
import posixpath
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from argosy.errors import FileMistakes, Problem
from argosy.lint.project.conda import environment
from argosy.lint.project.folder import Folders, unreadable
from argosy.lint.project.groups import installed
from argosy.lint.project.image import Image, ask_for_model, flag
from argosy.lint.project.install import Install
from argosy.lint.project.package import Requirements, requirements
from argosy.lint.project.project import clean
from argosy.lint.project.pyproject import LOCKS, NAME, PIPFILE, Pyproject, pipfile, pyproject

_YAML = (".yaml", ".yml")


class DependencyLists:
    """Reads each list once; ``texts`` gets the text of each by its file.

    ``problems`` gets what is wrong with those that are there and cannot be read.
    """

    def __init__(self, folders: Folders, texts: dict[Path, str], problems: list[Problem]) -> None:
        self._folders = folders
        self._texts = texts
        self._problems = problems
        self._read: dict[Path, Requirements | Pyproject | None] = {}

    def read(self, file: Path) -> Requirements | None:
        """What a list asks for without groups and extras; None where none can be read."""
        found = self._any(file)
        if isinstance(found, Pyproject):
            return Requirements(file, found.always, found.options, locked=_is_locked(file))
        return found

    def of_image(self, image: Image, folder: Path) -> Iterator[tuple[str, Requirements]]:
        """The lists that its installs take, by their names there: named ones, and the project's."""
        for install in image.installs:
            project = _project_of(install) if install.takes_project else None
            for named in install.files if project is None else (project,):
                found = project or _found(image, named)
                read = self._any(folder / found) if found is not None else None
                if isinstance(read, Pyproject):
                    locked = _is_locked(read.file)
                    yield named, installed(read, install, locked=locked)
                elif read is not None:
                    yield named, read

    def _any(self, file: Path) -> Requirements | Pyproject | None:
        if file not in self._read:
            try:
                self._read[file] = self._parsed(file)
            except FileMistakes as error:
                self._problems += error.problems
                self._read[file] = None
        return self._read[file]

    def _parsed(self, file: Path) -> Requirements | Pyproject | None:
        text = self._text(file)
        if text is None:
            return None
        if file.name == NAME:
            return pyproject(text, file)
        if file.name == PIPFILE:
            return pipfile(text, file)
        if file.suffix in _YAML:
            return self._with_included(environment(text, file))
        return self._with_included(requirements(text, file))

    def _text(self, file: Path) -> str | None:
        text = self._folders.text(file)
        if text is not None:
            self._texts[file] = text
        elif os.path.lexists(file):
            self._problems.append(unreadable(file))
        return text

    def _with_included(self, found: Requirements) -> Requirements:
        """With the packages of the files that it includes, each file once, as pip reads them."""
        every = [found]
        seen = {clean(found.file)}
        for one in every:
            for option in one.options:
                file = clean(one.file.parent / option.value)
                if option.name not in ("-r", "--requirement") or file in seen:
                    continue
                seen.add(file)
                text = self._text(file)
                if text is not None:
                    every.append(requirements(text, file))
        if len(every) == 1:
            return found
        return replace(found, packages=tuple(package for one in every for package in one.packages))


def together(lists: Iterable[Requirements]) -> dict[Path, Requirements]:
    """One of each file, with all that somebody takes of it."""
    found: dict[Path, Requirements] = {}
    for one in lists:
        before = found.get(one.file)
        if before is not None:
            packages = dict.fromkeys((*before.packages, *one.packages))
            found[one.file] = replace(one, packages=tuple(packages))
        else:
            found[one.file] = one
    return found


def names_model(found: Requirements) -> bool:
    """Whether a list asks for what only a model needs."""
    return ask_for_model(found.packages)


def _is_locked(project: Path) -> bool:
    return any((project.parent / one).is_file() for one in LOCKS[project.name])


def _project_of(install: Install) -> str:
    """The project file that is copied by its name before an install; else that of the context."""
    name = found = PIPFILE if install.tool == "pipenv" else NAME
    for one in install.stage.lineage:
        if one is install.instruction:
            break
        if one.keyword in ("COPY", "ADD") and not flag(one, "from"):
            names = [posixpath.normpath(word.text.strip("/*")) for word in one.copies[0]]
            found = next((one for one in names if posixpath.basename(one) == name), found)
    return found


def _found(image: Image, named: str) -> str | None:
    """The path below the context that is named, or ends so."""
    wanted = named.lstrip("./").split("/")
    for length in range(len(wanted), 0, -1):
        end = "/".join(wanted[-length:])
        for name in image.files:
            if name == end or name.endswith(f"/{end}"):
                return name
    return None
