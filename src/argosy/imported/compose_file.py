"""The Compose files that are to be imported: which they are, and that they can be. Reads files."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from argosy.compose_files import project
from argosy.compose_files.parsing import SERVICES_STEP
from argosy.compose_files.project import NAMES, Project
from argosy.compose_files.tree import Value
from argosy.errors import ComposeFileError, Problem, UsageError
from argosy.nearest import nearest
from argosy.stack.document import Keys, dotted, shown


def read(places: Sequence[Path]) -> Project:
    """The Compose files at ``places``, later ones on top of earlier ones, as ``-f`` has it.

    A folder means the Compose file in it. Beside one file of a usual name its override is read,
    too. Raises `UsageError` without a file, and `ComposeFileError` with every mistake.
    """
    files = [_file(place) for place in places]
    for file in files:
        _refuse_others(file)
    found = project.read(files[0], files[1:])
    if found.problems:
        raise ComposeFileError(found.problems)
    _check(found)
    return found


def _file(place: Path) -> Path:
    if place.is_dir():
        found = [place / name for name in NAMES if (place / name).is_file()]
        if found:
            return found[0]
        names = ", ".join(NAMES)
        what = f"no Compose file is in this folder: none of {names}"
        raise UsageError(what, where=str(place), next_step="Name the file itself.")
    if not place.is_file():
        near = _near_names(place)
        step = f"Did you mean {near}?" if near else "Name a Compose file, or its folder."
        what = "this is no file" if place.exists() else "no such file"
        raise UsageError(what, where=str(place), next_step=step)
    return place


def _near_names(place: Path) -> str:
    folder = place.parent
    names = tuple(name for name in NAMES if (folder / name).is_file())
    meant = nearest(place.name, names) or next(iter(names), "")
    return str(folder / meant) if meant else ""


def _refuse_others(file: Path) -> None:
    """Say what it is, where it is something else that people keep in YAML."""
    try:
        text = file.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return  # reading says it
    if re.search(r"^apiVersion:", text, re.MULTILINE) and re.search(r"^kind:", text, re.MULTILINE):
        what = "this is a Kubernetes manifest, not a Compose file"
        raise _mistake(file, what, "Only Compose files are imported.")
    if re.search(r"^models:\s*$", text, re.MULTILINE) and not re.search(
        r"^(services|include):", text, re.MULTILINE
    ):
        what = "this looks like a stack file already: it has `models:` and no `services:`"
        raise _mistake(file, what, "Start it with `argosy up`.")


def _check(found: Project) -> None:
    services = found.root.below(("services",))
    if services is None or not services.mapping:
        raise _without_services(found, services)
    problems = []
    for name, service in services.mapping.items():
        at = ("services", name)
        if not service.mapping:
            step = f"Write it like `{shown(name)}: {{image: …}}`."
            problems.append(_problem(service, at, "must be a mapping", step))
        elif not {"image", "build", "provider"} & service.mapping.keys():
            what = "has neither image nor build"
            problems.append(_problem(service, at, what, "Say what to run: `image: …`."))
    if problems:
        raise ComposeFileError(tuple(problems))


def _without_services(found: Project, services: Value | None) -> ComposeFileError:
    file = found.files[0]
    if services is None and any(_is_service(one) for one in found.root.mapping.values()):
        what = "this is a Compose file of version 1, which has no `services:`"
        return _mistake(file, what, "Put all of it below `services:`.")
    known = ", ".join(list(found.root.mapping)[:5])
    what = "no services are declared, so this is no Compose file"
    return _mistake(file, f"{what} (its keys: {shown(known)})" if known else what, SERVICES_STEP)


def _is_service(value: Value) -> bool:
    return bool({"image", "build"} & value.mapping.keys())


def _problem(value: Value, path: Keys, what: str, next_step: str = "") -> Problem:
    place = value.place
    return Problem(place.file, place.line, place.column, dotted(path), what, next_step)


def _mistake(file: Path, what: str, next_step: str = "") -> ComposeFileError:
    return ComposeFileError((Problem(file, 1, 1, "", what, next_step),))
