"""The driver is too old for the CUDA of an image

A driver runs programs of its own CUDA and of all older ones. This image wants a newer one.

Why:
    The container starts, and the first call fails: "CUDA driver version is insufficient".

Example:
    torch==2.10.0+cu130      # driver 570

Instead:
    torch==2.10.0+cu128

Source:
    NVIDIA, CUDA compatibility, minor version compatibility: CUDA 12 needs driver 525, CUDA 13 needs
    580. The driver is declared as `facts: {driver: 570}`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from argosy.images import cuda as facts
from argosy.lint.finding import At, Finding
from argosy.lint.project.cuda import build_of, major
from argosy.lint.project.project import Project

CODE = "AI202"
SEVERITY = "error"
MEASURED = True


def check(project: Project) -> Iterator[Finding]:
    """Bases, builds of torch, and images of services, against the driver that is declared."""
    driver = project.facts.driver
    if driver is None:
        return
    minimum = facts.read().minimum_driver
    for at, what, wanted, subject in _wanted(project):
        needed = minimum.get(wanted, 0)
        if driver < needed:
            yield Finding(
                at,
                f"{what} needs driver {needed}, and {driver} is declared",
                "Take a build for an older CUDA, or renew the driver.",
                subject,
            )


def _wanted(project: Project) -> Iterator[tuple[At, str, int, str]]:
    """Where a CUDA is asked for, what asks, its major version, and the service or model."""
    for image in project.images:
        base, torch = image.base.cuda, image.package("torch")
        if base is not None:
            span = image.root.base.span
            yield At(image.file, span.start, span.end), f"CUDA {base[0]}.{base[1]}", base[0], ""
        number = major(build_of(image, torch)) if torch else None
        if torch is not None and number is not None:
            yield torch.at, f"torch for CUDA {number}", number, ""
    for service in project.services:
        value = service.value.below(("image",))
        tagged = re.search(r"cu(?:da)?-?(1[1-9])(?:\.?\d)?", service.image.tag)
        if value is not None and not service.builds and tagged is not None and service.gpus:
            yield service.value_at(value), f"CUDA {tagged[1]}", int(tagged[1]), service.name
    for model in project.models:
        for package in model.packages:
            number = major(package.local) if package.name == "torch" else None
            if number is not None:
                yield package.at, f"torch for CUDA {number}", number, model.name
