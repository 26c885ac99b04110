"""Compose files → one tree of values: overrides, `include` and `extends` put together. Reads files.

Docker is not asked, so that importing works where there is none.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from argosy.compose_files import dotenv, variables
from argosy.compose_files.merging import SECTIONS, TAGS, merge_files, merge_services, without_tags
from argosy.compose_files.tree import Value, tree
from argosy.errors import ComposeFileError, Problem, UsageError
from argosy.stack import document as documents
from argosy.stack.document import Form, Keys, dotted, shown
from argosy.stack.kind import nearest

NAMES = ("compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml")
SERVICES_STEP = "Write `services:` and the services below it."
FORM = Form(
    "Compose file", "Name a file that holds `services:`.", SERVICES_STEP, TAGS
)  # fmt: skip
MOST_FILES = 50


@dataclass(frozen=True)
class ComposeFile:
    """All files together. ``variables`` are those of `.env`; ``files`` in the order of reading."""

    folder: Path
    root: Value
    files: tuple[Path, ...]
    variables: Mapping[str, str] = field(default_factory=dict)

    @property
    def services(self) -> Mapping[str, Value]:
        """By name, in the order of the file."""
        found = self.root.below(("services",))
        return found.mapping if found else {}


def read(places: Sequence[Path]) -> ComposeFile:
    """The Compose files at ``places``, later ones on top of earlier ones, as ``-f`` has it.

    A folder means the Compose file in it. Beside one file of a usual name its override is read,
    too. Raises `UsageError` without a file, and `ComposeFileError` with every mistake.
    """
    files = [_file(place) for place in places]
    if len(files) == 1 and files[0].name in NAMES:
        files += _override(files[0])
    reader = _Reader()
    roots = [reader.root(file) for file in files]
    whole = roots[0]
    for over in roots[1:]:
        whole = merge_files(whole, over)
    _check(whole, files[0])
    return ComposeFile(files[0].parent, whole, tuple(reader.texts), reader.variables)


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


def _override(file: Path) -> list[Path]:
    stem, suffix = file.stem, file.suffix
    endings = dict.fromkeys((suffix, ".yaml", ".yml"))
    found = [file.with_name(f"{stem}.override{ending}") for ending in endings]
    return [one for one in found if one.is_file()][:1]


class _Reader:
    """Reads every file once, and collects what is wrong."""

    def __init__(self) -> None:
        self.texts: dict[Path, str] = {}
        self.variables: dict[str, str] = {}
        self._roots: dict[Path, Value] = {}
        self._open: list[Path] = []

    def root(self, file: Path) -> Value:
        """The file with what it includes, and its services with what they extend."""
        if file in self._open:
            raise _mistake(file, "this file includes itself", "Take one `include` out.")
        self._open.append(file)
        self._take_variables(file.parent)
        root = self._parsed(file)
        included = root.below(("include",))
        for one in included.items if included else ():
            for path in self._included(one):
                other = self.root(path)
                sections = {key: value for key, value in other.mapping.items() if key in SECTIONS}
                root = merge_files(replace(other, content=sections), root)
        services = root.below(("services",))
        if services is not None:
            whole = {name: self._extended(file, root, name, ()) for name in services.mapping}
            root = replace(
                root, content={**root.mapping, "services": replace(services, content=whole)}
            )
        self._open.pop()
        return root

    def _parsed(self, file: Path) -> Value:
        if file in self._roots:
            return self._roots[file]
        if len(self.texts) >= MOST_FILES:
            raise _mistake(file, f"more than {MOST_FILES} files belong together")
        text = self.texts[file] = _text(file)
        _refuse_others(file, text)
        document = documents.read(text, file, None, FORM)
        if document.problems:
            raise ComposeFileError(tuple(document.problems))
        self._roots[file] = tree(document)
        return self._roots[file]

    def _included(self, value: Value) -> list[Path]:
        paths = value.mapping.get("path", value) if value.mapping else value
        return [self._beside(one, one.text) for one in (paths.items or (paths,))]

    def _beside(self, value: Value, text: str) -> Path:
        file = value.place.file.parent / variables.fill(text, self.variables)
        if not file.is_file():
            what = f"`{shown(text)}`: no file is here"
            raise ComposeFileError((_problem(value, (), what, "Paths are relative to this file."),))
        return file

    def _extended(self, file: Path, root: Value, name: str, seen: Keys) -> Value:
        """The service with what it extends below it. The key ``extends`` stays, to be accounted."""
        service = root.below(("services", name))
        assert service is not None
        extends = service.mapping.get("extends")
        if extends is None:
            return without_tags(service)
        base_name = extends.word("service") or extends.text or name
        other = extends.mapping.get("file")
        base_file = self._beside(other, other.text) if other else file
        key = f"{base_file}:{base_name}"
        if key in seen:
            what = f"`{shown(base_name)}` extends itself"
            raise ComposeFileError((_problem(extends, ("services", name), what),))
        base_root = self._parsed(base_file) if other else root
        if base_root.below(("services", base_name)) is None:
            what = f"{base_file} has no service `{shown(base_name)}`"
            raise ComposeFileError((_problem(extends, ("services", name, "extends"), what),))
        base = self._extended(base_file, base_root, base_name, (*seen, key))
        own = {one: value for one, value in base.mapping.items() if one != "extends"}
        return merge_services(replace(base, content=own), service)

    def _take_variables(self, folder: Path) -> None:
        """The first file's `.env` has the last word."""
        file = folder / ".env"
        if file.is_file():
            found = dotenv.read(_text(file))
            self.variables = {**found, **self.variables}


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(f"this file cannot be read: {error.strerror}", where=str(file)) from error
    except UnicodeDecodeError as error:
        raise _mistake(file, "the file is not UTF-8", "Save it as UTF-8.") from error


def _refuse_others(file: Path, text: str) -> None:
    """Say what it is, where it is something else that people keep in YAML."""
    if re.search(r"^apiVersion:", text, re.MULTILINE) and re.search(r"^kind:", text, re.MULTILINE):
        what = "this is a Kubernetes manifest, not a Compose file"
        raise _mistake(file, what, "Only Compose files are imported.")
    if re.search(r"^models:\s*$", text, re.MULTILINE) and not re.search(
        r"^(services|include):", text, re.MULTILINE
    ):
        what = "this looks like a stack file already: it has `models:` and no `services:`"
        raise _mistake(file, what, "Start it with `argosy up`.")


def _check(root: Value, file: Path) -> None:
    services = root.below(("services",))
    if services is None or not services.mapping:
        if services is None and any(_is_service(one) for one in root.mapping.values()):
            what = "this is a Compose file of version 1, which has no `services:`"
            raise _mistake(file, what, "Put all of it below `services:`.")
        known = ", ".join(list(root.mapping)[:5])
        what = "no services are declared, so this is no Compose file"
        raise _mistake(file, f"{what} (its keys: {shown(known)})" if known else what, SERVICES_STEP)
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


def _is_service(value: Value) -> bool:
    return bool({"image", "build"} & value.mapping.keys())


def _problem(value: Value, path: Keys, what: str, next_step: str = "") -> Problem:
    place = value.place
    return Problem(place.file, place.line, place.column, dotted(path), what, next_step)


def _mistake(file: Path, what: str, next_step: str = "") -> ComposeFileError:
    return ComposeFileError((Problem(file, 1, 1, "", what, next_step),))
