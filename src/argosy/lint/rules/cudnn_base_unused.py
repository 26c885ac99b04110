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
    them the base is right.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from argosy.lint.finding import At, Finding
from argosy.lint.mending import replaced
from argosy.lint.project.project import Project

CODE = "AI107"
SEVERITY = "info"
FIX = "unsafe"

_CUDNN = re.compile(r"cudnn\d*-")
USERS = (
    "onnxruntime-gpu", "tensorflow", "tensorrt", "tensorrt-llm", "ctranslate2", "faster-whisper",
    "whisperx",
    "paddlepaddle-gpu", "jax", "jaxlib", "cupy-cuda12x", "cupy-cuda11x", "mxnet",
    "nvidia-dali-cuda120",
)  # fmt: skip


def check(project: Project) -> Iterator[Finding]:
    """Bases with cuDNN below torch and nothing that uses the system's."""
    for image in project.images:
        base = image.base
        is_cuda = base.path.endswith("cuda") and bool(_CUDNN.search(base.tag))
        if not is_cuda or image.package("torch") is None or image.package(*USERS) is not None:
            continue
        span = image.root.base.span
        written = image.dockerfile.text[span.start : span.end]
        found = _CUDNN.search(written)
        at = At(image.file, span.start, span.end)
        place = (
            At(image.file, span.start + found.start(), span.start + found.end()) if found else None
        )
        yield Finding(
            at,
            "torch brings a cuDNN of its own; that of the base image is not used",
            "Take the base without cuDNN, or a slim Python.",
            fix=replaced(place, "") if place else (),
        )
