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

from collections.abc import Iterator

from argosy.edits import Edit
from argosy.lint.finding import At, Finding
from argosy.lint.mending import after_word
from argosy.lint.project.cuda import indexes
from argosy.lint.project.image import Image
from argosy.lint.project.package import Package, Requirements
from argosy.lint.project.project import Project

CODE = "AI203"
SEVERITY = "error"
FIX = "safe"

INDEX = "https://download.pytorch.org/whl/{}"
_BUILT = ("torch", "torchvision", "torchaudio", "torchtext")
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
    """One finding for each command or file; whatever index is named may have them."""
    seen: set[object] = set()
    for image in project.images:
        has_variable = any(name in image.stage.environment for name in _ENVIRONMENT)
        seen.update(one.file for one in image.requirements.values())
        lost = [
            one
            for one in image.packages
            if _is_special(one) and not indexes(image, one) and not has_variable
        ]
        if lost:
            yield _found(lost[0], _fix_in_image(image, lost[0]))
    for named in project.requirements:
        if named.file in seen or named.file.name == "pyproject.toml":
            continue
        special = [one for one in named.packages if _is_special(one)]
        if (
            special
            and named.option("--index-url", "-i", "--extra-index-url", "--find-links", "-f") is None
        ):
            yield _found(special[0], _fix_in_file(named, special[0]))


def _is_special(package: Package) -> bool:
    return package.name in _BUILT and bool(package.local) and "@" not in package.spec


def _found(package: Package, fix: tuple[Edit, ...]) -> Finding:
    at = At(package.at.file, package.at.start, package.at.end)
    return Finding(
        at,
        f"`{package.name}{package.spec}` is not at the default index",
        f"Add `--extra-index-url {INDEX.format(package.local)}`.",
        fix=fix,
    )


def _fix_in_image(image: Image, package: Package) -> tuple[Edit, ...]:
    for install in image.installs:
        if package in install.packages:
            words = f"--extra-index-url {INDEX.format(package.local)}"
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
