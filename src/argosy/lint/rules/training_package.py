"""A serving image installs what only training needs

Notebooks, experiment trackers, loops and plots come with dozens of packages of their own.

Why:
    They make the image larger, slower to import, and a target for whoever looks for holes.

Example:
    tensorboard==2.18.0

Instead:
    # requirements-train.txt holds it; the image installs requirements.txt

Source:
    Lists of packages with what they are for: `argosy build --report` shows what they cost.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Iterator

from argosy.edits import Edit
from argosy.images.training_only import REASONS
from argosy.lint.finding import At, Finding
from argosy.lint.project.image import Image
from argosy.lint.project.package import Package
from argosy.lint.project.project import Project

CODE = "AI110"
SEVERITY = "warning"
FIX = "unsafe"

# Serving needs them often enough: loading with `device_map`, unmerged adapters, Ray Serve.
_SERVES_TOO = {"accelerate", "peft", "ray", "datasets", "lightning", "pytorch-lightning"}
_FOR_OTHERS = re.compile(r"(^|[-_.])(dev|test|tests|train|training|lint|docs|notebooks?)([-_.]|$)")
_IMPORTS = {"comet-ml": "comet_ml", "hydra-core": "hydra", "ipython": "IPython"}


def check(project: Project) -> Iterator[Finding]:
    """Packages of images, of models in stack files, and of requirements files."""
    used = frozenset(
        name
        for one in project.programs
        if not _FOR_OTHERS.search(one.file.stem)
        for name in one.imports
    )
    seen: set[tuple[object, ...]] = set()
    installed = {one.file for image in project.images for one in image.requirements.values()}
    listed = [one.packages for one in project.images]
    listed += [
        one.packages
        for one in project.requirements
        if one.file in installed or not _FOR_OTHERS.search(one.file.stem)
    ]
    for package in itertools.chain(*listed):
        key = (package.at.file, package.at.start)
        if package.name not in REASONS or package.name in _SERVES_TOO or key in seen:
            continue
        if {_IMPORTS.get(package.name, package.name.replace("-", "_"))} & used:
            continue
        if any(_runs(image, package) for image in project.images):
            continue
        seen.add(key)
        yield Finding(
            package.at,
            f"`{package.name}` {REASONS[package.name]}; serving does not need it",
            "Keep it in a list of its own, for training.",
            fix=_fix(project, package),
        )


def _runs(image: Image, package: Package) -> bool:
    """Whether it is what the image is there for."""
    return package in image.packages and any(one.text == package.name for one in image.command)


def _fix(project: Project, package: Package) -> tuple[Edit, ...]:
    """Its line of a requirements file, or its word behind `pip install` if others are left."""
    at = package.at
    source = project.sources.get(at.file)
    if source is None:
        return ()
    if at.file.suffix == ".txt":
        line, column = source.position(at.start)
        is_continued = source.line(line).rstrip().endswith("\\")
        last, _ = source.position(at.end)
        if is_continued or last != line or source.line(line)[: column - 1].strip():
            return ()
        end = source.index(line + 1) if line < source.line_count else len(source.text)
        return (Edit(at.file, source.index(line), end, ""),)
    for image in project.images:
        for install in image.installs:
            others = [one for one in install.packages if one.name not in REASONS]
            if package in install.packages and others and install.instruction.form == "shell":
                return _without_word(at, source.text)
    return ()


def _without_word(at: At, text: str) -> tuple[Edit, ...]:
    """A word away, with the blanks behind it where it begins a line, else those before it."""
    begins_line = not text[: at.start].rpartition("\n")[2].strip()
    behind = re.compile(r"[ \t]*(\\\r?\n)?[ \t]*").match(text, at.end)
    if begins_line and behind and text[behind.end() : behind.end() + 1] not in ("", "\n", "\r"):
        return (Edit(at.file, at.start, behind.end(), ""),)
    before = re.search(r"[ \t]*(\\\r?\n)?[ \t]*$", text[: at.start])
    return (Edit(at.file, before.start() if before else at.start, at.end, ""),)
