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
from collections.abc import Iterator

from argosy.edits import Edit
from argosy.images.training_only import REASONS
from argosy.lint.finding import Finding
from argosy.lint.project.package import Package
from argosy.lint.project.project import Project

CODE = "AI110"
SEVERITY = "warning"
FIX = "unsafe"

# Serving needs them often enough: loading with `device_map`, unmerged adapters, Ray Serve.
_SERVES_TOO = {"accelerate", "peft", "ray", "datasets", "lightning", "pytorch-lightning"}


def check(project: Project) -> Iterator[Finding]:
    """Packages of images, of models in stack files, and of requirements files."""
    seen: set[tuple[object, ...]] = set()
    listed = [one.packages for one in project.images]
    listed += [one.packages for one in project.requirements]
    for package in itertools.chain(*listed):
        at = package.at
        if (
            package.name not in REASONS
            or package.name in _SERVES_TOO
            or (at.file, at.start) in seen
        ):
            continue
        seen.add((at.file, at.start))
        yield Finding(
            at,
            f"`{package.name}` {REASONS[package.name]}; serving does not need it",
            "Keep it in a list of its own, for training.",
            fix=_fix(project, package),
        )


def _fix(project: Project, package: Package) -> tuple[Edit, ...]:
    """Its line of a requirements file."""
    source = project.sources.get(package.at.file)
    if source is None or package.at.file.suffix != ".txt":
        return ()
    line, _ = source.position(package.at.start)
    end = source.index(line + 1) if line < source.line_count else len(source.text)
    return (Edit(package.at.file, source.index(line), end, ""),)
