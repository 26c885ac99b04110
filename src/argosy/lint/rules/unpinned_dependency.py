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

from collections.abc import Iterator

from argosy.lint.finding import Finding
from argosy.lint.project.package import Package
from argosy.lint.project.project import Project

CODE = "AI114"
SEVERITY = "warning"

_TOOLS = {"pip", "setuptools", "wheel", "uv", "poetry", "pip-tools", "pipx"}


def check(project: Project) -> Iterator[Finding]:
    """Packages of images, of models' folders and of requirements files that name a model's."""
    seen: set[tuple[object, ...]] = set()
    for package in _open(project):
        key = (package.at.file, package.at.start)
        if key not in seen:
            seen.add(key)
            told = f"`{package.name}{package.spec}`" if package.spec else f"`{package.name}`"
            yield Finding(
                package.at,
                f"{told} is another version on another day",
                f"Pin it: `{package.name}==…`, or install from a lock.",
            )


def _open(project: Project) -> Iterator[Package]:
    for image in project.images:
        for install in image.installs:
            is_constrained = (
                install.option("-c", "--constraint", "--locked", "--frozen") is not None
            )
            for one in install.packages if not is_constrained else ():
                if not one.is_pinned and one.name not in _TOOLS:
                    yield one
    for named in project.requirements:
        is_constrained = named.option("-c", "--constraint") is not None
        for one in named.packages if not (named.locked or is_constrained) else ():
            if not one.is_pinned and one.name not in _TOOLS:
                yield one
