"""What a GPU does to a worker: its memory is full, or it is lost to the process for good.

Both are read from what an error says: every library passes on the texts of CUDA itself, and of all
that TorchScript leaves of an error they are the rest. No library is imported here; where the model
has imported torch, that is asked.
"""

from __future__ import annotations

import sys
import traceback
from typing import Any

LONGEST = 400

FULL = (
    "CUDA out of memory",
    "HIP out of memory",
    "CUDA error: out of memory",
    "cudaErrorMemoryAllocation",
    "CUDA_ERROR_OUT_OF_MEMORY",
    "CUBLAS_STATUS_ALLOC_FAILED",
    "CUDNN_STATUS_ALLOC_FAILED",
)

# The errors after which "the process must be terminated and relaunched", by the texts that
# cudaGetErrorString has for them. Source: CUDA Runtime API, Data types, cudaError_t.
LOST = (
    "device-side assert triggered",
    "an illegal memory access was encountered",
    "unspecified launch failure",
    "the launch timed out and was terminated",
    "hardware stack error",
    "an illegal instruction was encountered",
    "misaligned address",
    "operation not supported on global/shared address space",
    "invalid program counter",
    "uncorrectable ECC error encountered",
    "uncorrectable NVLink error detected during the execution",
)

PLATFORMS = ("CUDA", "cuda", "HIP", "CUBLAS", "CUDNN")


def is_full(error: BaseException) -> bool:
    """Whether memory of a GPU could not be had. The process is none the worse for it."""
    names = {kind.__name__ for kind in type(error).__mro__}
    return "OutOfMemoryError" in names or any(text in str(error) for text in FULL)


def is_lost(error: BaseException) -> bool:
    """Whether this process can compute nothing on its GPU any more.

    What a kernel did may come out as the error of a later call of another library, which says
    little: then the device itself is asked, which repeats the first error for ever.
    """
    text = str(error)
    if not any(platform in text for platform in PLATFORMS):
        return False
    return any(known in text for known in LOST) or not _answers()


def line(error: BaseException) -> str:
    """The one line that says it, from the first word of CUDA's own on."""
    lines = [each.strip() for each in str(error).splitlines() if each.strip()]
    known = [each for each in lines if any(text in each for text in (*FULL, *LOST))]
    found = (known or lines or [type(error).__name__])[0].partition(" If reserved but")[0]
    for text in ("CUDA ", "HIP "):
        if text in found:
            found = found[found.index(text) :]
    return found[:LONGEST]


def release(error: BaseException) -> None:
    """Give back what a computation that met the limit held: others may share the GPU.

    torch keeps the memory that it has freed, and the frames of a traceback keep their tensors.
    """
    torch = sys.modules.get("torch")
    if torch is None:
        return
    traceback.clear_frames(error.__traceback__)
    torch.cuda.empty_cache()


def device() -> str:
    """Where a model of torch is: ``cuda:0 (NVIDIA H100)``, ``cpu``; nothing without torch."""
    torch = sys.modules.get("torch")
    try:
        cuda = torch.cuda  # type: ignore[union-attr]
        if not cuda.is_initialized():
            return "cpu"
        used = [at for at in range(cuda.device_count()) if cuda.memory_allocated(at)]
        return ", ".join(f"cuda:{at} ({cuda.get_device_name(at)})" for at in used) or "cpu"
    except Exception:  # noqa: BLE001  what is only told must not keep a model from serving
        return ""


def _answers() -> bool:
    """Whether the device still does what torch asks; True where torch does not use one."""
    torch: Any = sys.modules.get("torch")
    try:
        if torch is not None and torch.cuda.is_initialized():
            torch.cuda.synchronize()
    except Exception:  # noqa: BLE001  RuntimeError, or its own class since torch 2.8
        return False
    return True
