"""Compilers stay in the final image

`build-essential` is needed to build a package, and never again.

Why:
    Some 300 MB, and tools for whoever breaks in.

Example:
    RUN apt-get install -y --no-install-recommends build-essential

Instead:
    FROM python:3.12 AS build
    RUN pip wheel --wheel-dir /wheels -r requirements.txt
    FROM python:3.12-slim
    RUN --mount=from=build,source=/wheels,target=/wheels pip install /wheels/*

Source:
    Docker documentation, multi-stage builds. Triton and `torch.compile` compile while they run:
    with vLLM, SGLang and their like `gcc` and Python's headers may stay.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from argosy.dockerfiles.syntax import Instruction
from argosy.lint.finding import Finding
from argosy.lint.project.image import Image
from argosy.lint.project.install import system_packages
from argosy.lint.project.project import Project

CODE = "AI111"
SEVERITY = "warning"

_COMPILERS = re.compile(
    r"build-essential|build-base|gcc(-\d+)?|g\+\+(-\d+)?|clang(-\d+)?|cmake|make|ninja-build|gfortran|rustc|cargo"
    r"|python3?[\d.]*-dev(el)?|cuda-(toolkit|nvcc|compiler|command-line-tools)[\w.-]*|gcc-c\+\+|musl-dev"
    r"|base-devel|@?development[ -]tools",
    re.IGNORECASE,
)
# What Triton compiles its kernels' launchers with, and packages that bring Triton and use it.
_FOR_TRITON = re.compile(r"gcc(-\d+)?|g\+\+(-\d+)?|python3?[\d.]*-dev")
_USES_TRITON = ("vllm", "sglang", "triton", "deepspeed", "unsloth", "flash-linear-attention")


def check(project: Project) -> Iterator[Finding]:
    """What the stage that is kept installs and does not remove in the same step."""
    for image in project.images:
        allowed = _FOR_TRITON if _compiles(image) else None
        for instruction in image.instructions:
            if instruction.keyword != "RUN":
                continue
            found = [
                one
                for one in system_packages(instruction)
                if _COMPILERS.fullmatch(name := one.partition("=")[0])
                and not (allowed and allowed.fullmatch(name))
            ]
            kept = [one for one in found if not _is_removed(instruction, one)]
            if kept:
                names = ", ".join(f"`{one}`" for one in kept)
                stays = "stays" if len(kept) == 1 else "stay"
                yield Finding(
                    image.at(instruction),
                    f"{names} {stays} in the image once everything is built",
                    "Compile in a stage of its own, and copy what it made.",
                )


def _compiles(image: Image) -> bool:
    """Whether kernels are compiled while it serves."""
    if image.package(*_USES_TRITON) is not None:
        return True
    return any("torch.compile(" in one.text for one in image.programs)


def _is_removed(instruction: Instruction, name: str) -> bool:
    for command in instruction.commands:
        words = command.texts
        if not {"purge", "remove", "autoremove", "del", "erase"} & set(words):
            continue
        named = words[1:]
        if name in named or "$" in "".join(named) or any(one.startswith(".") for one in named):
            return True
    return False
