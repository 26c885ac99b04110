"""An image holds CUDA twice

The base image brings CUDA's libraries, and PyTorch's wheels bring them again.

Why:
    About 2 GB that are pulled and never loaded. A wheel needs nothing but the driver, which the
    NVIDIA Container Toolkit injects.

Example:
    FROM nvidia/cuda:12.4.1-runtime-ubuntu22.04
    RUN pip install torch==2.6.0+cu124

Instead:
    FROM python:3.12-slim
    ENV NVIDIA_VISIBLE_DEVICES=all NVIDIA_DRIVER_CAPABILITIES=compute,utility
    RUN pip install torch==2.6.0+cu124

Source:
    PyTorch's wheels depend on nvidia-cuda-runtime-cu12, nvidia-cudnn-cu12 and their like.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from argosy.lint.finding import At, Finding
from argosy.lint.project.cuda import is_cpu_build
from argosy.lint.project.project import Project

CODE = "AI108"
SEVERITY = "warning"


def check(project: Project) -> Iterator[Finding]:
    """CUDA's runtime or devel base below torch from a wheel for CUDA."""
    for image in project.images:
        base = image.base
        is_whole = base.path.endswith("cuda") and bool(re.search(r"runtime|devel", base.tag))
        torch = image.package("torch")
        if not is_whole or torch is None or is_cpu_build(image, torch):
            continue
        span = image.root.base.span
        yield Finding(
            At(image.file, span.start, span.end),
            "torch's wheel brings CUDA's libraries, so that they are in this image twice",
            "Build on a slim Python, or on CUDA's `base`.",
        )
