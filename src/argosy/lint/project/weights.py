"""Which files are weights, by their names. No I/O here."""

from __future__ import annotations

import posixpath
import re

# Suffixes that only weights have; the second group is as often something small.
_LARGE = (
    ".safetensors",
    ".gguf",
    ".ggml",
    ".pt",
    ".pth",
    ".ckpt",
    ".t7",
    ".engine",
    ".plan",
    ".mar",
    ".nemo",
    ".llamafile",
    ".msgpack",
    ".weights",
    ".caffemodel",
)
_SMALL = (
    ".onnx",
    ".pkl",
    ".pickle",
    ".joblib",
    ".h5",
    ".hdf5",
    ".keras",
    ".tflite",
    ".pb",
    ".cbm",
    ".ubj",
    ".bst",
    ".mlmodel",
    ".ftz",
)
_BIN = re.compile(
    r"(pytorch_|adapter_|diffusion_pytorch_)?(model|consolidated)[\w.-]*\.bin|ggml-[\w.-]*\.bin|.*weights.*\.bin"
)
_FOLDERS = re.compile(
    r"(models?|weights?|checkpoints?|ckpts?|model[-_](cache|store|repository|weights|files)|saved_models?)"
)


def is_weights(name: str) -> bool:
    """Whether a file is weights."""
    base = posixpath.basename(name.partition("?")[0]).lower()
    return base.endswith((*_LARGE, *_SMALL)) or bool(_BIN.fullmatch(base))


def is_small_kind(name: str) -> bool:
    """Whether weights of this kind are often below 100 MB: trees, small networks."""
    return posixpath.basename(name.partition("?")[0]).lower().endswith(_SMALL)


def is_weights_folder(name: str) -> bool:
    """Whether a folder is meant for weights, by its name."""
    return bool(_FOLDERS.fullmatch(posixpath.basename(name.rstrip("/")).lower()))
