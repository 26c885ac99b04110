"""What a `pyproject.toml` or a `Pipfile` asks for: always, in groups, with extras. No I/O here.

PEP 621 (`[project]`), PEP 735 (`[dependency-groups]`), https://python-poetry.org/docs/pyproject/ ,
https://docs.astral.sh/uv/reference/settings/ , https://pdm-project.org/latest/reference/pep621/ and
https://pipenv.pypa.io/en/stable/pipfile.html . Python reads TOML and tells no places: those are
looked for in the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from argosy.lint.finding import At
from argosy.lint.project.package import Option, Package, package, plain
from argosy.lint.project.toml_text import read_toml

NAME = "pyproject.toml"
PIPFILE = "Pipfile"
PROJECTS = (NAME, PIPFILE)
MOST_INCLUDED = 100  # groups in one; a file of a megabyte could nest thousands
LOCKS = {NAME: ("uv.lock", "poetry.lock", "pdm.lock"), PIPFILE: ("Pipfile.lock",)}

_EXACT = re.compile(r"(={0,2})\s*v?(\d[\w.+!-]*)")
_ARCHIVE = re.compile(r"\.(whl|zip|tar\.gz|tgz)$")
_HEADER = re.compile(r"^[ \t]*\[", re.MULTILINE)
_NO_PACKAGES = ("packages", "source", "requires", "pipenv", "scripts")  # no groups of a Pipfile
_VALUE = r"[ \t]*=[ \t]*(\"[^\"\r\n]*\"|'[^'\r\n]*'|\{[^\r\n]*\})"
# Where files name package indexes of their own, with the key of the address.
_INDEXES = (
    (("tool", "uv", "index"), "url"),
    (("tool", "poetry", "source"), "url"),
    (("tool", "pdm", "source"), "url"),
    (("source",), "url"),
)


@dataclass(frozen=True)
class Group:
    """``optional`` where Poetry installs it only when told to."""

    packages: tuple[Package, ...]
    optional: bool = False


@dataclass(frozen=True)
class Pyproject:
    """``always`` is installed with the project, ``groups`` and ``extras`` where that is told.

    ``options`` are the indexes that it names. ``default_groups`` are those that uv installs untold.
    """

    file: Path
    always: tuple[Package, ...] = ()
    groups: Mapping[str, Group] = field(default_factory=dict)
    extras: Mapping[str, tuple[Package, ...]] = field(default_factory=dict)
    options: tuple[Option, ...] = ()
    default_groups: tuple[str, ...] = ("dev",)


def pyproject(text: str, file: Path) -> Pyproject:
    """What a ``pyproject.toml`` asks for. Raises FileMistakes where it is no TOML."""
    return _Reader(read_toml(text, file), text, file).read()


def pipfile(text: str, file: Path) -> Pyproject:
    """What a ``Pipfile`` asks for; ``dev`` is its group for development. Raises FileMistakes."""
    told = read_toml(text, file)
    return _Reader(told, text, file).read_pipfile()


class _Reader:
    """Reads what TOML has told, and finds each piece in the text."""

    def __init__(self, told: dict[str, Any], text: str, file: Path) -> None:
        self._told = told
        self._text = text
        self._file = file

    def read(self) -> Pyproject:
        always = [*self._strings(("project",), "dependencies")]
        known = {one.name for one in always}
        poetry = [*self._of_poetry(("tool", "poetry", "dependencies"), optional=False)]
        always += [one for one in poetry if one.name not in known]
        defaults = self._at("tool", "uv").get("default-groups", ["dev"])
        groups = self._groups()
        return Pyproject(
            self._file,
            tuple(always),
            groups,
            self._extras(),
            tuple(self._options()),
            tuple(groups) if defaults == "all" else tuple(map(str, _list(defaults))),
        )

    def read_pipfile(self) -> Pyproject:
        found = {}
        for name in self._told:
            group = "dev" if name == "dev-packages" else plain(name)
            if name not in _NO_PACKAGES:
                packages = self._of_poetry((name,))
                found[group] = Group(tuple(replace(one, group=group) for one in packages))
        always = tuple(self._of_poetry(("packages",)))
        return Pyproject(self._file, always, found, {}, tuple(self._options()), ())

    def _groups(self) -> dict[str, Group]:
        """Those of PEP 735, PDM and Poetry, and the one that older files have for development."""
        found: dict[str, list[Package]] = {}
        for name, packages in self._with_included():
            found[plain(name)] = packages
        if old := [*self._strings(("tool", "uv"), "dev-dependencies")]:
            found.setdefault("dev", []).extend(old)
        if old := [*self._of_poetry(("tool", "poetry", "dev-dependencies"))]:
            found.setdefault("dev", []).extend(old)
        of_pdm = ("tool", "pdm", "dev-dependencies")
        for name in self._at(*of_pdm):
            found.setdefault(plain(name), []).extend(self._strings(of_pdm, name))
        of_poetry = self._at("tool", "poetry", "group")
        for name in of_poetry:
            path = ("tool", "poetry", "group", name, "dependencies")
            found.setdefault(plain(name), []).extend(self._of_poetry(path))
        optional = {plain(one) for one, of in of_poetry.items() if _table(of).get("optional")}
        return {
            name: Group(tuple(replace(one, group=name) for one in packages), name in optional)
            for name, packages in found.items()
        }

    def _with_included(self) -> Iterator[tuple[str, list[Package]]]:
        """The groups of PEP 735, each with those that it includes, each of these once."""
        groups = self._at("dependency-groups")
        own = {name: [*self._strings(("dependency-groups",), name)] for name in groups}
        inner = {
            name: [str(_table(one).get("include-group")) for one in _list(listed)]
            for name, listed in groups.items()
        }
        for name in groups:
            taken: dict[str, None] = {}
            waiting = [name]
            while waiting and len(taken) < MOST_INCLUDED:
                group = waiting.pop()
                if group in groups and group not in taken:
                    taken[group] = None
                    waiting += reversed(inner[group])
            yield name, [one for group in taken for one in own[group]]

    def _extras(self) -> dict[str, tuple[Package, ...]]:
        optional = ("project", "optional-dependencies")
        found = {plain(one): tuple(self._strings(optional, one)) for one in self._at(*optional)}
        named = [*self._of_poetry(("tool", "poetry", "dependencies"), optional=True)]
        for name, listed in self._at("tool", "poetry", "extras").items():
            wanted = {plain(str(one)) for one in _list(listed)}
            found[plain(name)] = tuple(one for one in named if one.name in wanted)
        return found

    def _strings(self, path: tuple[str, ...], key: str) -> Iterator[Package]:
        """The requirements of a list of strings."""
        for one in _list(self._at(*path).get(key)):
            if isinstance(one, str) and (found := package(one, self._item(path, key, one))):
                yield found

    def _of_poetry(
        self, path: tuple[str, ...], *, optional: bool | None = None
    ) -> Iterator[Package]:
        """The packages of a table of Poetry or Pipenv: name, and version or what else is known."""
        for name, told in self._at(*path).items():
            for one in told if isinstance(told, list) else [told]:
                known = one if isinstance(one, dict) else {"version": str(one)}
                spec = _spec(known)
                is_meant = optional is None or bool(known.get("optional")) is optional
                if plain(name) == "python" or spec is None or not is_meant:
                    continue
                extras = tuple(map(str, _list(known.get("extras"))))
                marker = str(known.get("markers", ""))
                yield Package(plain(name), spec, self._key(path, name), extras, marker)

    def _options(self) -> Iterator[Option]:
        for path, key in _INDEXES:
            for one in _list(self._below(path)):
                if address := _table(one).get(key):
                    place = self._found(re.escape(str(address)), 0, len(self._text))
                    yield Option("--extra-index-url", str(address), place or self._start)

    def _below(self, path: tuple[str, ...]) -> object:
        found: object = self._told
        for key in path:
            found = _table(found).get(key)
        return found

    def _at(self, *path: str) -> dict[str, Any]:
        """The table below these keys; an empty one where there is none."""
        return _table(self._below(path))

    def _item(self, path: tuple[str, ...], key: str, written: str) -> At:
        """Where a string of a list stands, without its quotes."""
        start, end = self._table_span(path)
        opening = re.compile(rf"^[ \t]*[\"']?{re.escape(key)}[\"']?[ \t]*=", re.MULTILINE)
        if found := opening.search(self._text, start, end):
            start = found.end()
        quoted = rf"(?<=[\"']){re.escape(written)}(?=[\"'])"
        return (
            self._found(quoted, start, end)
            or self._found(quoted, 0, len(self._text))
            or (self._start)
        )

    def _key(self, path: tuple[str, ...], name: str) -> At:
        """Where a package of a table stands: its name with what is said of it, or its own table."""
        start, end = self._table_span(path)
        quoted = rf"(?<![^\r\n])[ \t]*[\"']?(?P<it>{re.escape(name)})[\"']?"
        place = self._found(rf"{quoted}(?P<more>{_VALUE})?(?=[ \t.=#\r\n]|$)", start, end)
        own = self._table_span((*path, name))
        return place or (At(self._file, *own) if own != (0, len(self._text)) else self._start)

    def _table_span(self, path: tuple[str, ...]) -> tuple[int, int]:
        """Where a table stands that has a header of its own; the whole text otherwise."""
        keys = r"[ \t]*\.[ \t]*".join(rf"[\"']?{re.escape(one)}[\"']?" for one in path)
        header = re.search(rf"^[ \t]*\[[ \t]*{keys}[ \t]*\]", self._text, re.MULTILINE)
        if header is None:
            return 0, len(self._text)
        following = _HEADER.search(self._text, header.end())
        return header.start(), following.start() if following else len(self._text)

    def _found(self, pattern: str, start: int, end: int) -> At | None:
        found = re.compile(pattern, re.MULTILINE).search(self._text, start, end)
        if found is None:
            return None
        begin = found.start("it") if "it" in found.groupdict() else found.start()
        return At(self._file, begin, found.end())

    @property
    def _start(self) -> At:
        return At(self._file, 0, 0)


def _spec(known: Mapping[str, Any]) -> str | None:
    """What is known of a package, as pip would write it; None for what lies in the project."""
    if address := known.get("git"):
        commit = next((known[one] for one in ("rev", "tag", "branch", "ref") if known.get(one)), "")
        return f"@ git+{address}@{commit}" if commit else f"@ git+{address}"
    if place := known.get("url") or known.get("path") or known.get("file"):
        return f"@ {place}" if _ARCHIVE.search(str(place)) or known.get("url") else None
    version = str(known.get("version", "*")).strip()
    if version in ("", "*"):
        return ""
    exact = _EXACT.fullmatch(version)
    return f"=={exact[2]}" if exact else version


def _list(value: object) -> list[Any]:
    return value if isinstance(value, list) else []


def _table(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
