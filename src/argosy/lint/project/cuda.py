"""Which build of PyTorch an image installs. No I/O here."""

from __future__ import annotations

import re

from argosy.lint.project.image import Image
from argosy.lint.project.package import Option, Package

_INDEXES = (
    "--index-url",
    "-i",
    "--extra-index-url",
    "--index",
    "--default-index",
    "--find-links",
    "-f",
)

# Packages that ask for torch themselves, as their metadata says.
_NEED_TORCH = (
    "vllm", "sglang", "sentence-transformers", "openai-whisper", "whisperx", "ultralytics",
    "easyocr", "accelerate", "timm", "peft", "open-clip-torch", "torchvision", "torchaudio",
    "flair", "stanza", "nemo-toolkit", "speechbrain", "pyannote-audio",
)  # fmt: skip
# Packages that load CUDA's or cuDNN's libraries of the system, as far as their names tell.
_NEEDS_SYSTEM = re.compile(
    r"onnxruntime|tensorflow|tensorrt|paddle|cupy|mxnet|dali|jax|ctranslate2|faster-whisper|whisperx"
    r"|llama-cpp|numba|cudf|cuml|rapids|pycuda|-gpu$|-cuda"
)


def torch_of(image: Image) -> Package | None:
    """Torch, or the first package that brings it."""
    return image.package("torch") or image.package(*_NEED_TORCH)


def uses_system_cuda(image: Image) -> bool:
    """Whether something may load the libraries of the base image."""
    return any(
        _NEEDS_SYSTEM.search(one.name) or {"gpu", "cuda"} & {*one.extras} for one in image.packages
    )


def torch_above(image: Image, tag: str) -> Package | None:
    """Torch, where the base holds CUDA by a tag with this pattern, and nothing else may use it."""
    if not image.base.path.endswith("cuda") or not re.search(tag, image.base.tag):
        return None
    return None if uses_system_cuda(image) else torch_of(image)


def indexes(image: Image, package: Package) -> tuple[Option, ...]:
    """Where a package of an image may come from, beside the default index."""
    found = [
        option
        for install in image.installs
        if package in install.packages or package.at.file != image.file
        for option in install.options
        if option.name in (*_INDEXES, "--torch-backend")
    ]
    for named in image.requirements.values():
        if named.file == package.at.file:
            found += [one for one in named.options if one.name in _INDEXES]
    return tuple(found)


def build_of(image: Image, package: Package) -> str:
    """``cpu``, ``cu121`` … as its version or its index says; empty where neither does."""
    if package.local:
        return package.local
    for option in indexes(image, package):
        found = re.search(r"/whl/(?:nightly/)?(cpu|cu\d+|rocm[\d.]+|xpu)\b", option.value)
        if found:
            return found[1]
        if option.name == "--torch-backend" and option.value != "auto":
            return option.value
    if package.name != "torch" and (torch := image.package("torch")):
        return build_of(image, torch)
    for name in (
        "PIP_INDEX_URL",
        "PIP_EXTRA_INDEX_URL",
        "UV_INDEX_URL",
        "UV_EXTRA_INDEX_URL",
        "UV_TORCH_BACKEND",
    ):
        told = image.variable(name)
        found = re.search(r"/whl/(cpu|cu\d+)\b", told) or re.fullmatch(r"(cpu|cu\d+)", told)
        if found:
            return found[1]
    return ""


def is_cpu_build(image: Image, package: Package) -> bool:
    """Whether it is known to be the build for CPUs."""
    return build_of(image, package) == "cpu"


def major(build: str) -> int | None:
    """``12`` of ``cu121``."""
    found = re.fullmatch(r"cu(\d{2})\d*", build)
    return int(found[1]) if found else None
