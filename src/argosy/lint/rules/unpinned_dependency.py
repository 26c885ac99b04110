"""A dependency has no fixed version

Each build takes the newest there is.

Why:
    The image that is built today is not the one that was tested, and a new major version of a
    numeric library changes answers without an error.

Example:
    torch

Instead:
    torch==2.8.0

Source:
    pip documentation, repeatable installs. A lock (`uv lock`, `pip-compile --generate-hashes`) pins
    what these need as well.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from argosy.lint.finding import Finding
from argosy.lint.project.install import Install
from argosy.lint.project.package import Package, Requirements
from argosy.lint.project.project import Project
from argosy.lint.project.pyproject import PROJECTS

CODE = "AI114"
SEVERITY = "warning"

_TOOLS = {
    "pip", "setuptools", "wheel", "uv", "poetry", "pip-tools", "pipx", "pipenv", "pdm", "conda",
    "mamba", "micromamba",
}  # fmt: skip
_MOST_TOLD = 3


def check(project: Project) -> Iterator[Finding]:
    """What RUN installs, one finding each, and the lines of requirements files."""
    seen: set[object] = set()
    for image in project.images:
        for install in image.installs:
            packages = [] if _is_constrained(install) else _open(install.packages)
            key = (image.file, install.command.span.start)
            if packages and key not in seen:
                seen.add(key)
                yield Finding(packages[0].at, _what(packages), _step(packages))
    for named in project.requirements:
        for one in () if _is_fixed(project, named) else _open(named.packages):
            key = (one.at.file, one.at.start)
            if key not in seen:
                seen.add(key)
                yield Finding(one.at, _what([one]), _step([one]))


def _open(packages: Sequence[Package]) -> list[Package]:
    return [one for one in packages if not one.is_pinned and one.name not in _TOOLS]


def _is_constrained(install: Install) -> bool:
    """Whether a list of constraints or a lock decides on versions."""
    if install.option("-c", "--constraint", "--constraints", "--locked", "--frozen"):
        return True
    names = {one.text.partition("=")[0] for one in install.command.assignments}
    names |= {*install.stage.environment}
    return bool(names & {"PIP_CONSTRAINT", "UV_CONSTRAINT"})


def _is_fixed(project: Project, named: Requirements) -> bool:
    """Whether a file is made by a resolver, or installed together with one that fixes versions."""
    users = [
        install
        for image in project.images_from(named.file)
        for install in image.installs
        for name, one in image.requirements.items()
        if one.file == named.file and (name in install.files or install.takes_project)
    ]
    if any(_is_constrained(one) for one in users) or named.option("-c", "--constraint"):
        return True
    if named.file.name not in PROJECTS:
        return named.locked
    return named.locked and all(one.follows_lock for one in users)


def _what(packages: Sequence[Package]) -> str:
    told = [f"`{one.name}{one.spec}`" for one in packages[:_MOST_TOLD]]
    more = len(packages) - len(told)
    if more:
        told.append(f"{more} more")
    if len(told) == 1:
        return f"{told[0]} is another version on another day"
    return f"{', '.join(told[:-1])} and {told[-1]} are other versions on another day"


def _step(packages: Sequence[Package]) -> str:
    them = "it" if len(packages) == 1 else "them"
    return f"Pin {them} (`{packages[0].name}==…`), or install from a lock."
