"""The final image is built on CUDA's `devel` base

It holds compilers, headers and static libraries: 7 to 9 GB, which nothing uses once it runs.

Why:
    Each new machine pulls them before the first answer.

Example:
    FROM nvidia/cuda:12.6.3-devel-ubuntu24.04

Instead:
    FROM nvidia/cuda:12.6.3-devel-ubuntu24.04 AS build
    …
    FROM nvidia/cuda:12.6.3-runtime-ubuntu24.04

Source:
    NVIDIA, CUDA container images: base, runtime, devel. Keep `devel` only where kernels are
    compiled at run time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from argosy.lint.finding import At, Finding
from argosy.lint.mending import replaced
from argosy.lint.project.project import Project

CODE = "AI106"
SEVERITY = "warning"
FIX = "unsafe"

_DEVEL = re.compile(r"(?<=[-:])devel(?=-|$)")


def check(project: Project) -> Iterator[Finding]:
    """The base of the stage that is kept."""
    for image in project.images:
        base = image.base
        if not re.search(r"cuda|pytorch|rocm", base.text) or not _DEVEL.search(base.tag):
            continue
        root = image.root
        span = root.base.span
        written = image.dockerfile.text[span.start : span.end]
        found = _DEVEL.search(written)
        at = At(image.file, span.start, span.end)
        place = (
            At(image.file, span.start + found.start(), span.start + found.end()) if found else None
        )
        yield Finding(
            at,
            f"`{base.text}` keeps compilers and headers in the image, several GB",
            "Build in a stage of its own, and end on `runtime` or on a slim Python.",
            fix=replaced(place, "runtime") if place else (),
        )
