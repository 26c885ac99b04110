"""A service reserves a GPU and computes on the CPU

It installs PyTorch's build for CPUs, or it falls back to the CPU when it finds no GPU.

Why:
    It starts, answers, and takes 40 times as long; the GPU is reserved and idle. Nobody notices
    until somebody asks why it is slow.

Example:
    RUN pip install torch==2.8.0 --index-url https://download.pytorch.org/whl/cpu

Instead:
    RUN pip install torch==2.8.0
    # and at the start of the program
    assert torch.cuda.is_available(), "no GPU"

Source:
    The checklist: GPU or failure, never a silent CPU.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from argosy.lint.finding import At, Finding
from argosy.lint.project.cuda import build_of
from argosy.lint.project.image import Image
from argosy.lint.project.project import Project

CODE = "AI204"
SEVERITY = "error"

_FALLS_BACK = re.compile(
    r"[\"']cuda(:\d)?[\"']\s+if\s+[\w.]*is_available\(\)\s+else\s+[\"']cpu[\"']"
    r"|[\"']cpu[\"']\s+if\s+not\s+[\w.]*is_available\(\)\s+else\s+[\"']cuda"
)
_ASSERTS = re.compile(
    r"assert\s+[\w.]*cuda\.is_available\(\)|if\s+not\s+[\w.]*cuda\.is_available\(\)\s*:\s*\n\s*(raise|sys\.exit|exit)"
)


def check(project: Project) -> Iterator[Finding]:
    """Images whose services ask for GPUs."""
    for image in project.images:
        if project.wants_gpu(image) is not True:
            continue
        name = project.services_of(image)[0].name
        torch = image.package("torch")
        if torch is not None and build_of(image, torch) == "cpu":
            yield Finding(
                torch.at,
                f"`{name}` reserves a GPU, and this is torch's build for CPUs",
                "Install torch from https://download.pytorch.org/whl/cu128, or without an index.",
            )
        elif (falls := _falls_back(image)) is not None:
            yield Finding(
                falls,
                f"`{name}` reserves a GPU, and computes on the CPU without a word where it sees "
                "none",
                "Fail at the start: `assert torch.cuda.is_available()`.",
                severity="warning",
            )
        runtime = image.package("onnxruntime")
        if runtime is not None and image.package("onnxruntime-gpu") is None and torch is None:
            yield Finding(
                runtime.at,
                f"`{name}` reserves a GPU, and onnxruntime computes on the CPU",
                "Install onnxruntime-gpu.",
            )


def _falls_back(image: Image) -> At | None:
    if any(_ASSERTS.search(one.text) for one in image.programs):
        return None
    for program in image.programs:
        if found := _FALLS_BACK.search(program.text):
            return At(program.file, found.start(), found.end())
    return None
