"""A build of PyTorch is pinned that the default index does not have

Versions with `+cu121` or `+cpu` lie at PyTorch's own index.

Why:
    The install fails: "No matching distribution found for torch==2.2.0+cu121".

Example:
    torch==2.2.0+cu121

Instead:
    --extra-index-url https://download.pytorch.org/whl/cu121
    torch==2.2.0+cu121

Source:
    PyPI takes no local versions (PEP 440); PyTorch, previous versions.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence

from argosy.edits import Edit
from argosy.lint.finding import Finding
from argosy.lint.mending import after_word
from argosy.lint.project.cuda import indexes
from argosy.lint.project.image import Image
from argosy.lint.project.package import Option, Package, Requirements
from argosy.lint.project.project import Project
from argosy.lint.project.pyproject import PROJECTS

CODE = "AI203"
SEVERITY = "error"
FIX = "safe"

INDEX = "https://download.pytorch.org/whl/{}"
_BUILT = ("torch", "torchvision", "torchaudio", "torchtext")
_INDEXES = ("--index-url", "-i", "--extra-index-url", "--find-links", "-f")
_ENVIRONMENT = (
    "PIP_INDEX_URL",
    "PIP_EXTRA_INDEX_URL",
    "PIP_FIND_LINKS",
    "UV_INDEX_URL",
    "UV_EXTRA_INDEX_URL",
    "UV_INDEX",
    "UV_DEFAULT_INDEX",
    "UV_FIND_LINKS",
    "UV_TORCH_BACKEND",
)


def check(project: Project) -> Iterator[Finding]:
    """One finding for each build and file. An index that is not PyTorch's may have them all."""
    seen: set[object] = set()
    for image in project.images:
        seen.update(one.file for one in image.requirements.values())
        if any(name in image.stage.environment for name in _ENVIRONMENT):
            continue
        for package in _lost(image.packages, lambda one: indexes(image, one)):  # noqa: B023
            yield _found(package, _fix_in_image(image, package))
    for named in project.requirements:
        if named.file in seen or named.file.name in PROJECTS:
            continue
        told = [one for one in named.options if one.name in _INDEXES]
        for package in _lost(named.packages, lambda _: told):  # noqa: B023
            yield _found(package, _fix_in_file(named, package))


def _lost(
    packages: Sequence[Package], told: Callable[[Package], Sequence[Option]]
) -> Iterator[Package]:
    """The first package of each build, in each file, that no index has."""
    seen: set[tuple[object, ...]] = set()
    for one in packages:
        if one.name not in _BUILT or not _is_special(one):
            continue
        key = one.at.file, one.local
        if key not in seen and not _is_there(one, told(one)):
            seen.add(key)
            yield one


def _is_there(package: Package, told: Sequence[Option]) -> bool:
    """PyTorch's indexes hold one build each; of any other place nothing is known."""
    for option in told:
        if re.match(r"https?://pypi\.org/simple/?$", option.value):
            continue  # the default one, which a Pipfile always names
        build = re.search(r"download\.pytorch\.org/whl/(?:nightly/)?([a-z]+[\d.]*)", option.value)
        if build is None or build[1] == package.local:
            return True
    return False


def _is_special(package: Package) -> bool:
    return bool(package.local) and "@" not in package.spec


def _found(package: Package, fix: tuple[Edit, ...]) -> Finding:
    index = INDEX.format(package.local)
    is_of_project = package.at.file.name in PROJECTS
    return Finding(
        package.at,
        f"`{package.name}{package.spec}` is not at the default index",
        f"Name {index} as its source." if is_of_project else f"Add `--extra-index-url {index}`.",
        fix=fix,
    )


def _fix_in_image(image: Image, package: Package) -> tuple[Edit, ...]:
    for install in image.installs:
        if package in install.packages:
            words = f"--extra-index-url {INDEX.format(package.local)}"
            if install.tool not in ("pip", "uv"):
                return ()
            return after_word(image, install.command, -1, words)
    for named in image.requirements.values():
        if package in named.packages:
            return _fix_in_file(named, package)
    return ()


def _fix_in_file(named: Requirements, package: Package) -> tuple[Edit, ...]:
    if named.file.suffix != ".txt":
        return ()
    text = f"--extra-index-url {INDEX.format(package.local)}\n"
    return (Edit(package.at.file, 0, 0, text),)
