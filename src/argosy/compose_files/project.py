"""Compose files → one tree of values: overrides, `include` and `extends` put together. Reads files.

Docker is not asked, so that it works where there is none. What cannot be read is collected as
problems, and the rest is read. Profiles leave nothing out.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from argosy.compose_files import dotenv, variables
from argosy.compose_files.merging import RESET, SECTIONS, merge_files, merge_services, without_tags
from argosy.compose_files.parsing import parse
from argosy.compose_files.tree import Value
from argosy.errors import ArgosyError, ComposeFileError, FileMistakes, Problem, UsageError
from argosy.records import kept
from argosy.stack.document import Keys, dotted, shown

NAMES = ("compose.yaml", "compose.yml", "docker-compose.yaml", "docker-compose.yml")
MOST_FILES = 50


@dataclass(frozen=True)
class Project:
    """All files together, ``files`` in the order of reading, their ``texts`` as they are.

    ``overrides`` are those of the files that lie on top of the first one: what they name is
    relative to the first one's folder. ``variables`` are those of `.env`; ``problems`` what could
    not be read.
    """

    root: Value
    files: tuple[Path, ...]
    texts: Mapping[Path, str] = field(repr=False)
    overrides: tuple[Path, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()

    @property
    def folder(self) -> Path:
        """Of the first file."""
        return self.files[0].parent

    @property
    def services(self) -> Mapping[str, Value]:
        """By name, in the order of the file."""
        found = self.root.below(("services",))
        return found.mapping if found else {}

    @kept
    def jobs(self) -> frozenset[str]:
        """The names of those services whose end others wait for."""
        waits = (one.mapping.get("depends_on") for one in self.services.values())
        return frozenset(
            name
            for one in waits
            if one is not None
            for name, told in one.mapping.items()
            if told.word("condition") == "service_completed_successfully"
        )

    def folder_of(self, value: Value) -> Path:
        """What a path in this value is relative to."""
        file = value.place.file
        return self.folder if file in self.overrides else file.parent

    def env_files(self, service: Value) -> Mapping[str, str]:
        """The texts of the files that ``env_file`` of a service names, those that can be read."""
        named = service.mapping.get("env_file")
        if named is None:
            return {}
        texts = {}
        for one in named.items or (named,):
            name = one.word("path") or one.text
            try:
                file = self.folder_of(one) / variables.fill(name, self.variables)
                texts[name] = _text(file)
            except ArgosyError:
                continue
        return texts


def read(
    file: Path, overrides: Sequence[Path] = (), given: Mapping[Path, str] | None = None
) -> Project:
    """A Compose file, with ``overrides`` on top of it, later ones on top of earlier ones.

    Beside a file of a usual name its override is read where none is given. Texts that are
    ``given`` stand for those of their files. Raises `UsageError` where one of them cannot be read,
    `ComposeFileError` where it is no YAML.
    """
    return _Reader(given).project(file, tuple(overrides) or _override(file))


def read_text(text: str, file: Path) -> Project:
    """The project of a text, which is not read from ``file`` but stands for it."""
    return _Reader({file: text}).project(file, ())


def _override(file: Path) -> tuple[Path, ...]:
    if file.name not in NAMES:
        return ()
    endings = dict.fromkeys((file.suffix, ".yaml", ".yml"))
    start = str(file).removesuffix(file.suffix)
    found = (f"{start}.override{ending}" for ending in endings)
    return tuple(Path(one) for one in found if _is_file(one))[:1]


def _is_file(path: str) -> bool:
    return os.path.isfile(path)  # noqa: PTH113  to make a Path takes longer than to look


class _Reader:
    """Reads every file once, and collects what is wrong."""

    def __init__(self, given: Mapping[Path, str] | None = None) -> None:
        self._given = given or {}
        self._texts: dict[Path, str] = {}
        self._variables: dict[str, str] = {}
        self._problems: dict[Problem, None] = {}
        self._roots: dict[Path, Value] = {}
        self._included_roots: dict[Path, Value] = {}
        self._open: list[Path] = []
        self._resets = False

    def project(self, file: Path, overrides: tuple[Path, ...]) -> Project:
        whole = self._root(file)
        for over in overrides:
            whole = merge_files(whole, self._root(over))
        problems = tuple(sorted(self._problems))
        files = tuple(self._texts)
        return Project(whole, files, self._texts, overrides, self._variables, problems)

    def _root(self, file: Path) -> Value:
        """The file with what it includes, and its services with what they extend."""
        self._open.append(file)
        self._take_variables(file.parent)
        root = self._parsed(file)
        included = root.below(("include",))
        if included is not None:
            root = self._with_included(root, included)
        services = root.below(("services",))
        if services is not None and services.mapping:
            whole = {name: self._extended(file, root, name, ()) for name in services.mapping}
            services = replace(services, content=whole)
            root = replace(root, content={**root.mapping, "services": services})
        self._open.pop()
        return root

    def _with_included(self, root: Value, included: Value) -> Value:
        """What a file includes lies below what it says itself."""
        content = root.mapping
        for one in included.items or (included,):
            paths = one.mapping.get("path") if one.mapping else one
            for path in (paths.items or (paths,)) if paths else ():
                other = self._included(path)
                if other is None:
                    continue
                sections = {key: value for key, value in other.mapping.items() if key in SECTIONS}
                merged = merge_files(
                    replace(other, content=sections), replace(root, content=content)
                )
                content = merged.mapping
        services = root.mapping.get("services")
        if services is not None and services.mapping:
            content = {
                **content,
                "services": replace(services, content=content["services"].mapping),
            }
        return replace(root, content=content)

    def _included(self, path: Value) -> Value | None:
        file = self._beside(path)
        if file is None:
            return None
        if any(os.path.realpath(file) == os.path.realpath(one) for one in self._open):
            step = "Take one `include` out."
            self._problem(path, ("include",), f"{file} includes itself", step)
            return None
        if file in self._included_roots:
            return self._included_roots[file]
        open_files = len(self._open)
        try:
            found = self._included_roots[file] = self._root(file)
        except ArgosyError as error:
            del self._open[open_files:]
            self._note(path, ("include",), error)
            return None
        return found

    def _parsed(self, file: Path) -> Value:
        if file in self._roots:
            return self._roots[file]
        if len(self._texts) >= MOST_FILES:
            raise _mistake(file, f"more than {MOST_FILES} files belong together")
        text = self._given.get(file)
        text = self._texts[file] = _text(file) if text is None else text
        self._resets |= RESET in text
        parsed = parse(text, file)
        self._problems.update(dict.fromkeys(parsed.problems))
        self._roots[file] = parsed.root
        return parsed.root

    def _beside(self, value: Value) -> Path | None:
        """The file that a value names, if there is one."""
        name = variables.fill(value.text, self._variables)
        file = Path(os.path.normpath(value.place.file.parent / name))
        if name and "\0" not in name and file.is_file():
            return file
        what = f"`{shown(value.text)}`: no file is here"
        self._problem(value, (), what, "Paths are relative to this file.")
        return None

    def _extended(self, file: Path, root: Value, name: str, seen: Keys) -> Value:
        """The service with what it extends below it. The key ``extends`` stays, to be accounted."""
        service = root.mapping["services"].mapping[name]
        extends = service.mapping.get("extends")
        base = self._base(file, root, name, extends, seen) if extends is not None else None
        if base is None:
            return without_tags(service) if self._resets else service
        own = {one: value for one, value in base.mapping.items() if one != "extends"}
        return merge_services(replace(base, content=own), service)

    def _base(self, file: Path, root: Value, name: str, extends: Value, seen: Keys) -> Value | None:
        """The service that one extends."""
        path = ("services", name, "extends")
        base_name = extends.word("service") or extends.text or name
        other = extends.mapping.get("file")
        base_file = self._beside(other) if other else file
        if base_file is None:
            return None
        key = f"{base_file}:{base_name}"
        if key in seen or len(seen) >= MOST_FILES:
            self._problem(extends, path[:2], f"`{shown(base_name)}` extends itself")
            return None
        try:
            base_root = self._parsed(base_file) if other else root
        except ArgosyError as error:
            self._note(extends, path, error)
            return None
        if base_root.below(("services", base_name)) is None:
            what = f"{base_file} has no service `{shown(base_name)}`"
            self._problem(extends, path, what)
            return None
        return self._extended(base_file, base_root, base_name, (*seen, key))

    def _take_variables(self, folder: Path) -> None:
        """The first file's `.env` has the last word."""
        if _is_file(f"{folder}/.env"):
            file = folder / ".env"
            try:
                found = dotenv.read(_text(file))
            except ComposeFileError as error:
                self._problems.update(dict.fromkeys(error.problems))
            except UsageError as error:
                problem = Problem(file, 1, 1, "", error.what)
                self._problems[problem] = None
            else:
                self._variables = {**found, **self._variables}

    def _problem(self, value: Value, path: Keys, what: str, next_step: str = "") -> None:
        place = value.place
        problem = Problem(place.file, place.line, place.column, dotted(path), what, next_step)
        self._problems[problem] = None

    def _note(self, value: Value, path: Keys, error: ArgosyError) -> None:
        """Keep what another file's reading ended with."""
        if isinstance(error, FileMistakes):
            self._problems.update(dict.fromkeys(error.problems))
        else:
            self._problem(value, path, str(error))


def _paths(included: Value) -> Iterator[Value]:
    """The names of files below ``include``, in each of its forms."""
    for one in included.items or (included,):
        named = one.mapping.get("path") if one.mapping else one
        if named is not None:
            yield from named.items or (named,)


def _text(file: Path) -> str:
    """A file's text with all its characters, also those at the ends of its lines."""
    try:
        return file.read_bytes().decode("utf-8")
    except (OSError, ValueError) as error:
        if isinstance(error, UnicodeDecodeError):
            raise _mistake(file, "the file is not UTF-8", "Save it as UTF-8.") from error
        reason = error.strerror if isinstance(error, OSError) else error
        raise UsageError(f"this file cannot be read: {reason}", where=str(file)) from error


def _mistake(file: Path, what: str, next_step: str = "") -> ComposeFileError:
    return ComposeFileError((Problem(file, 1, 1, "", what, next_step),))
