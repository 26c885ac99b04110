"""CUDA has several major versions in one image

The base image, torch and torchvision are built for CUDAs that do not fit each other.

Why:
    A library of one major version does not load symbols of another: it fails at import, or at the
    first kernel, or falls back to the CPU.

Example:
    FROM nvidia/cuda:12.1.0-runtime-ubuntu22.04
    RUN pip install torch==2.2.0+cu118

Instead:
    RUN pip install torch==2.2.0+cu121 torchvision==0.17.0+cu121

Source:
    NVIDIA, CUDA compatibility: within a major version, newer minors run older programs.
"""

from __future__ import annotations

from collections.abc import Iterator

from argosy.lint.finding import Finding
from argosy.lint.project.cuda import build_of, major
from argosy.lint.project.image import Image
from argosy.lint.project.package import Package
from argosy.lint.project.project import Project

CODE = "AI201"
SEVERITY = "error"

_WITH_TORCH = ("torchvision", "torchaudio", "xformers", "torchtext")


def check(project: Project) -> Iterator[Finding]:
    """Images, and requirements files of models without one."""
    seen: set[object] = set()
    for image in project.images:
        torch = image.package("torch")
        seen.update(one.file for one in image.requirements.values())
        if torch is None:
            continue
        build, base = build_of(image, torch), image.base.cuda
        if base is not None and major(build) not in (None, base[0]):
            yield Finding(
                torch.at,
                f"torch is built for {build}, and the base image holds CUDA {base[0]}.{base[1]}",
                f"Take a build for CUDA {base[0]}, or a base of CUDA {major(build)}.",
            )
        yield from _beside(build, [image.package(name) for name in _WITH_TORCH], image)
    for named in project.requirements:
        if named.file not in seen:
            by_name = {one.name: one for one in named.packages}
            if torch := by_name.get("torch"):
                yield from _beside(torch.local, [by_name.get(one) for one in _WITH_TORCH])


def _beside(
    build: str, others: list[Package | None], image: Image | None = None
) -> Iterator[Finding]:
    for one in others:
        if one is None:
            continue
        own = build_of(image, one) if image else one.local
        if own and build and own != build:
            yield Finding(
                one.at,
                f"{one.name} is built for {own}, and torch for {build}",
                f"Take {one.name} for {build}, too.",
            )
