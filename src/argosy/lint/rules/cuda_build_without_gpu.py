"""A service without a GPU installs PyTorch for CUDA

`pip install torch` on Linux takes the build for CUDA, with about 4 GB of NVIDIA's libraries. So
does whatever asks for torch, sentence-transformers for one, unless it is there already.

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
from argosy.lint.project.cuda import build_of, indexes, major, torch_of
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
        torch = torch_of(image)
        if torch is None or project.wants_gpu(image) is not False or _is_elsewhere(project, image):
            continue
        build = build_of(image, torch)
        if build and major(build) is None:
            continue
        takes = "this takes torch's" if torch.name == "torch" else f"`{torch.name}` brings torch's"
        yield Finding(
            torch.at,
            f"no service asks for a GPU, and {takes} build for CUDA: 4 GB in place of 0.2",
            f"Install torch from {CPU_INDEX}.",
            fix=() if build else _fix(project, image, torch),
        )


def _is_elsewhere(project: Project, image: Image) -> bool:
    """Whether the base says what it is for, or it runs where there is no build for CUDA."""
    platforms = [image.root.platform, *(one.text("platform") for one in project.services_of(image))]
    return image.base.cuda is not None or any("arm" in one for one in platforms)


def _fix(project: Project, image: Image, torch: Package) -> tuple[Edit, ...]:
    """The index for CPUs, where no other image installs from the same list."""
    if torch.name != "torch" or indexes(image, torch):
        return ()
    if torch.at.file != image.file:
        named = next(one for one in image.requirements.values() if torch in one.packages)
        is_shared = any(
            other is not image and project.wants_gpu(other) is not False
            for other in project.images_from(torch.at.file)
        )
        if is_shared or named.locked or torch.at.file.suffix != ".txt":
            return ()
        return (Edit(torch.at.file, 0, 0, f"--extra-index-url {CPU_INDEX}\n"),)
    for install in image.installs:
        if torch in install.packages and install.instruction.form == "shell":
            is_uv = install.command.texts[:2] == ("uv", "pip")
            words = "--torch-backend cpu" if is_uv else f"--extra-index-url {CPU_INDEX}"
            return after_word(image, install.command, -1, words)
    return ()
