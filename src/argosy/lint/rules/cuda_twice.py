"""An image holds CUDA twice

The base image brings CUDA's libraries, and PyTorch's wheels bring them again, also where another
package asks for PyTorch.

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

from collections.abc import Iterator

from argosy.lint.finding import Finding
from argosy.lint.mending import replaced
from argosy.lint.project.cuda import build_of, major, torch_above
from argosy.lint.project.project import Project

CODE = "AI108"
SEVERITY = "warning"
FIX = "unsafe"

_LIBRARIES = r"(?<=[-:])(cudnn\d*-)?(runtime|devel)(?=-|$)"


def check(project: Project) -> Iterator[Finding]:
    """CUDA's runtime or devel base below torch from a wheel for CUDA, and nothing else for it."""
    for image in project.images:
        torch = torch_above(image, _LIBRARIES)
        if torch is None:
            continue
        build = build_of(image, torch)
        if build and major(build) is None:
            continue
        brings = (
            "torch's wheel brings" if torch.name == "torch" else f"`{torch.name}` brings torch,"
        )
        place = image.base_piece(_LIBRARIES)
        yield Finding(
            image.base_at,
            f"{brings} {'' if torch.name == 'torch' else 'and that '}"
            "CUDA's libraries, so that they are in this image twice",
            "Build on a slim Python, or on CUDA's `base`.",
            fix=replaced(place, "base") if place else (),
        )
