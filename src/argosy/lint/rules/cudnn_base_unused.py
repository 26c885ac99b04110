"""An image brings cuDNN that nothing in it uses

PyTorch's wheels carry their own cuDNN, so that of the base image lies there unused.

Why:
    Half a gigabyte and more.

Example:
    FROM nvidia/cuda:12.6.3-cudnn-runtime-ubuntu24.04
    RUN pip install torch==2.8.0

Instead:
    FROM python:3.12-slim
    RUN pip install torch==2.8.0

Source:
    ONNX Runtime, TensorFlow, CTranslate2 and PaddlePaddle look for the system's cuDNN: with one of
    them, or a package built for GPUs that nobody knows, the base is right.
"""

from __future__ import annotations

from collections.abc import Iterator

from argosy.lint.finding import Finding
from argosy.lint.mending import replaced
from argosy.lint.project.cuda import torch_above
from argosy.lint.project.project import Project

CODE = "AI107"
SEVERITY = "info"
FIX = "unsafe"

_CUDNN = r"cudnn\d*-"


def check(project: Project) -> Iterator[Finding]:
    """Bases with cuDNN below torch and nothing that uses the system's."""
    for image in project.images:
        if torch_above(image, _CUDNN) is None:
            continue
        place = image.base_piece(_CUDNN)
        yield Finding(
            image.base_at,
            "torch brings a cuDNN of its own; that of the base image is not used",
            "Take the base without cuDNN, or a slim Python.",
            fix=replaced(place, "") if place else (),
        )
