"""Which groups and extras of a project an install takes, as its flags say. No I/O here.

https://python-poetry.org/docs/cli/#install , https://docs.astral.sh/uv/reference/cli/#uv-sync ,
https://pdm-project.org/latest/usage/dependency/#select-a-subset-of-dependency-groups-to-install ,
https://pipenv.pypa.io/en/stable/commands.html
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from argosy.lint.project.install import Install
from argosy.lint.project.package import Package, Requirements, plain
from argosy.lint.project.pyproject import Pyproject

_ALWAYS = "main"
_DEVELOPMENT = "dev"
_GROUPS_OF_PDM = ("-G", "-dG", "--group", "--with")
_EVERY = ":all"


def installed(project: Pyproject, install: Install, *, locked: bool) -> Requirements:
    """What an install takes of a project."""
    if install.tool == "poetry":
        groups = _of_poetry(project, install)
    elif install.tool == "uv" and install.takes_project:
        groups = _of_uv(project, install)
    elif install.tool == "pdm":
        groups = _of_pdm(project, install)
    elif install.tool == "pipenv":
        groups = _of_pipenv(install)
    else:
        groups = {_ALWAYS}
    packages: list[Package] = [*project.always] if _ALWAYS in groups else []
    for name, group in project.groups.items():
        packages += group.packages if name in groups else ()
    for name in _extras(project, install):
        packages += project.extras.get(name, ())
    distinct = tuple(dict.fromkeys(packages))
    return Requirements(project.file, distinct, project.options, locked=locked)


def _of_poetry(project: Pyproject, install: Install) -> set[str]:
    """All but the optional groups; of an export, the project's own packages alone."""
    if install.option("--only-root"):
        return set()
    if only := _values(install, "--only"):
        return only
    groups = {_ALWAYS}
    if not install.is_export:
        groups |= {name for name, one in project.groups.items() if not one.optional}
    if install.option("--all-groups"):
        groups |= {*project.groups}
    if install.option("--no-dev"):
        groups.discard(_DEVELOPMENT)
    return (groups | _values(install, "--with")) - _values(install, "--without")


def _of_uv(project: Pyproject, install: Install) -> set[str]:
    """The default groups, which are those for development unless the project says otherwise."""
    only = _values(install, "--only-group")
    if install.option("--only-dev"):
        only.add(_DEVELOPMENT)
    if only:
        return only
    groups = {_ALWAYS, *_values(install, "--group")}
    if not install.option("--no-default-groups"):
        groups.update(map(plain, project.default_groups))
    if install.option("--all-groups"):
        groups |= {*project.groups}
    if install.option("--dev"):
        groups.add(_DEVELOPMENT)
    if install.option("--no-dev") or install.variable("UV_NO_DEV").lower() in ("1", "true", "yes"):
        groups.discard(_DEVELOPMENT)
    return groups - _values(install, "--no-group")


def _of_pdm(project: Pyproject, install: Install) -> set[str]:
    """All groups unless some are named, or none with ``--prod``."""
    groups = _values(install, *_GROUPS_OF_PDM)
    is_for_production = install.option("--prod", "--production") is not None
    if groups.isdisjoint(project.groups) and not is_for_production:
        groups |= {*project.groups}
    if not install.option("--no-default"):
        groups.add(_ALWAYS)
    return groups - _values(install, "--without")


def _of_pipenv(install: Install) -> set[str]:
    if install.option("--dev-only"):
        return {_DEVELOPMENT}
    names = {"packages": _ALWAYS, "dev-packages": _DEVELOPMENT}
    groups = {names.get(one, one) for one in _values(install, "--categories")} or {_ALWAYS}
    return groups | ({_DEVELOPMENT} if install.option("-d", "--dev") else set())


def _extras(project: Pyproject, install: Install) -> Iterable[str]:
    if install.option("--all-extras"):
        return set(project.extras) - _values(install, "--no-extra")
    if install.tool == "pdm":
        asked, without = _values(install, *_GROUPS_OF_PDM), _values(install, "--without")
        is_every = _EVERY in asked or (without and not asked)
        return (set(project.extras) if is_every else asked) - without
    in_brackets = (re.match(r"\.\[(.*)\]", word) for word in install.command.texts)
    named = {plain(one) for found in in_brackets if found for one in _split(found[1])}
    return named | _values(install, "--extra", "--extras", "-E")


def _values(install: Install, *names: str) -> set[str]:
    """What flags of these names say, which may be given often, each with several values."""
    told = (one.value for one in install.options if one.name in names)
    return {plain(name) for value in told for name in _split(value)}


def _split(value: str) -> list[str]:
    return [one for one in re.split(r"[\s,]+", value.strip("\"'")) if one]
