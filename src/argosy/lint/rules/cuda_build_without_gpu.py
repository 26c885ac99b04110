"""A service without a GPU installs PyTorch for CUDA

`pip install torch` on Linux takes the build for CUDA, with about 4 GB of NVIDIA's libraries.

Why:
    The build for CPUs is about 200 MB, and answers the same.

Example:
    RUN pip install torch==2.8.0

Instead:
    RUN pip install torch==2.8.0 --index-url https://download.pytorch.org/whl/cpu

Source:
    PyTorch, get started: compute platform CPU. With uv: `--torch-backend cpu`.
"""

from __future__ import annotations

from collections.abc import Iterator

from argosy.edits import Edit
from argosy.lint.finding import Finding
from argosy.lint.mending import after_word
from argosy.lint.project.cuda import is_cpu_build
from argosy.lint.project.image import Image
from argosy.lint.project.package import Package
from argosy.lint.project.project import Project

CODE = "AI109"
SEVERITY = "warning"
FIX = "unsafe"

CPU_INDEX = "https://download.pytorch.org/whl/cpu"


def check(project: Project) -> Iterator[Finding]:
    """Images all of whose services ask for no GPU."""
    for image in project.images:
        torch = image.package("torch")
        if torch is None or project.wants_gpu(image) is not False or is_cpu_build(image, torch):
            continue
        if image.base.cuda is not None:
            continue
        yield Finding(
            torch.at,
            "no service asks for a GPU, "
            "and this takes torch's build for CUDA: 4 GB in place of 0.2",
            f"Install it from {CPU_INDEX}.",
            fix=_fix(image, torch),
        )


def _fix(image: Image, torch: Package) -> tuple[Edit, ...]:
    if torch.local:
        return ()
    if torch.at.file != image.file:
        text = f"--extra-index-url {CPU_INDEX}\n"
        return (Edit(torch.at.file, 0, 0, text),)
    for install in image.installs:
        if torch in install.packages and install.option("--index-url", "-i") is None:
            return after_word(image, install.command, -1, f"--extra-index-url {CPU_INDEX}")
    return ()
