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
    for image in project.images:
        base = image.base.cuda
        if base is not None and driver < minimum.get(base[0], 0):
            span = image.root.base.span
            yield _found(
                At(image.file, span.start, span.end),
                f"CUDA {base[0]}.{base[1]}",
                minimum[base[0]],
                driver,
            )
        torch = image.package("torch")
        wanted = major(build_of(image, torch)) if torch else None
        if torch is not None and wanted is not None and driver < minimum.get(wanted, 0):
            yield _found(torch.at, f"torch for CUDA {wanted}", minimum[wanted], driver)
    for service in project.services:
        value = service.value.below(("image",))
        tagged = re.search(r"cu(?:da)?-?(1[1-9])(?:\.?\d)?", service.image.tag)
        if value is None or service.builds or tagged is None or not service.gpus:
            continue
        wanted = int(tagged[1])
        if driver < minimum.get(wanted, 0):
            yield _found(
                service.value_at(value), f"CUDA {wanted}", minimum[wanted], driver, service.name
            )
    for model in project.models:
        for package in model.packages:
            wanted = major(package.local)
            if package.name == "torch" and wanted is not None and driver < minimum.get(wanted, 0):
                yield _found(
                    package.at, f"torch for CUDA {wanted}", minimum[wanted], driver, model.name
                )


def _found(at: At, what: str, needed: int, driver: int, subject: str = "") -> Finding:
    return Finding(
        at,
        f"{what} needs driver {needed}, and {driver} is declared",
        "Take a build for an older CUDA, or renew the driver.",
        subject,
    )
