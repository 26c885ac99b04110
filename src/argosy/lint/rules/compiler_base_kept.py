"""The final image is built on CUDA's `devel` base

It holds compilers, headers and static libraries: 7 to 9 GB, which nothing uses once it runs.

Why:
    Each new machine pulls them before the first answer.

Example:
    FROM nvidia/cuda:12.6.3-devel-ubuntu24.04

Instead:
    FROM nvidia/cuda:12.6.3-devel-ubuntu24.04 AS build
    RUN make
    FROM nvidia/cuda:12.6.3-runtime-ubuntu24.04

Source:
    NVIDIA, CUDA container images: base, runtime, devel. DeepSpeed, FlashInfer and TensorRT-LLM
    compile while they serve: with one of them `devel` is right.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from argosy.lint.finding import Finding
from argosy.lint.mending import replaced
from argosy.lint.project.project import Project

CODE = "AI106"
SEVERITY = "warning"
FIX = "unsafe"

_DEVEL = r"(?<=[-:])devel(?=-|$)"
# They compile kernels while they serve, with the toolkit's compiler.
_COMPILES = ("deepspeed", "flashinfer-python", "tensorrt-llm")


def check(project: Project) -> Iterator[Finding]:
    """The base of the stage that is kept."""
    for image in project.images:
        base = image.base
        if not re.search(r"cuda|pytorch|rocm", base.text) or not re.search(_DEVEL, base.tag):
            continue
        if image.package(*_COMPILES) is not None:
            continue
        place = image.base_piece(_DEVEL)
        yield Finding(
            image.base_at,
            f"`{base.text}` keeps compilers and headers in the image, several GB",
            "Build in a stage of its own, and end on `runtime` or on a slim Python.",
            fix=replaced(place, "runtime") if place else (),
        )
