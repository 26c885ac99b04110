from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from argosy_runner.worker import faults, gpu, tensors, weights

TRIED = (
    "CUDA out of memory. Tried to allocate 2.37 GiB. GPU 0 has a total capacity of 10.76 GiB of "
    "which 1.35 GiB is free."
)
ASSERT = "CUDA error: device-side assert triggered"
SCRIPT = """The following operation failed in the TorchScript interpreter.
Traceback of TorchScript (most recent call last):
    max_value_per_index.gather(dim, index)
           ~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~ <--- HERE
RuntimeError: """


class OutOfMemoryError(RuntimeError):
    """Named as torch's and CuPy's are."""


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (OutOfMemoryError(f"{TRIED} If reserved but unallocated memory is large try …"), TRIED),
        (RuntimeError(SCRIPT + TRIED), TRIED),
        (RuntimeError("CUDA error: out of memory\nSearch for"), "CUDA error: out of memory"),
        (OutOfMemoryError("Out of memory allocating 9 bytes"), "Out of memory allocating 9 bytes"),
        (OutOfMemoryError(), "OutOfMemoryError"),
    ],
)
def test_a_full_gpu_is_told_from_other_errors(error: Exception, line: str) -> None:
    assert (gpu.is_full(error), gpu.is_lost(error), gpu.line(error)) == (True, False, line)
    failure = faults.failure(error)
    assert (failure["kind"], failure["message"]) == ("gpu memory", line)


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (f"{ASSERT}\nSearch for `cudaErrorAssert' in https://docs.nvidia.com", ASSERT),
        (f"{SCRIPT}{ASSERT}\nCUDA kernel errors might be reported later", ASSERT),
        (
            "cudaErrorIllegalAddress: an illegal memory access was encountered",
            "cudaErrorIllegalAddress: an illegal memory access was encountered",
        ),
    ],
)
def test_a_lost_gpu_is_told_from_other_errors(text: str, line: str) -> None:
    error = RuntimeError(text)
    assert (gpu.is_full(error), gpu.is_lost(error), gpu.line(error)) == (False, True, line)
    assert faults.failure(error, "output")["kind"] == "gpu"


@pytest.mark.parametrize(
    "error",
    [
        RuntimeError("mat1 and mat2 shapes cannot be multiplied"),
        RuntimeError("CUDA error: invalid device ordinal"),
        ValueError("an account number is a misaligned address"),
    ],
)
def test_other_errors_are_the_models_own(error: Exception) -> None:
    assert faults.failure(error)["kind"] == "model"


def test_memory_of_the_machine_is_not_that_of_the_gpu() -> None:
    assert faults.failure(MemoryError())["kind"] == "memory"


def test_weights_that_do_not_fit_are_not_called_unreadable() -> None:
    error = weights.unreadable("/w/big.pt", "torch", OutOfMemoryError(TRIED))
    assert str(error) == f"big.pt does not fit, out of GPU memory: {TRIED}"


def model(compute: Callable[[Any], Any], tolerance: float | None = None) -> tensors.TensorModel:
    inputs, outputs = ([tensors.Tensor(name, "float32", [None, 3])] for name in "xy")
    return tensors.TensorModel(inputs, outputs, compute, 16, tolerance)


def test_a_batch_that_does_not_fit_says_what_to_change() -> None:
    def compute(arrays: Any) -> Any:
        if len(arrays[0]) > 1:
            raise OutOfMemoryError(TRIED)
        return arrays

    with pytest.raises(faults.CannotLoad, match="16 rows at once do not fit, out of GPU memory: "):
        model(compute).warm_up()


@pytest.mark.parametrize("rows", [1, 3, 16])
def test_a_gpu_lost_in_the_warm_up_is_a_failure_even_where_shapes_are_free(rows: int) -> None:
    def compute(arrays: Any) -> Any:
        if len(arrays[0]) == rows and (rows > 3 or arrays[0].any()):
            raise RuntimeError(ASSERT)
        return arrays

    free = [tensors.Tensor(name, "float32", [None, None]) for name in "xy"]
    with pytest.raises(faults.CannotLoad, match="have lost the GPU: CUDA error: device-side"):
        tensors.TensorModel(free[:1], free[1:], compute, 16).warm_up()


def rounded(arrays: Any) -> Any:
    """As bfloat16 may: what is nearly zero is off by the rounding of what is large."""
    (x,) = arrays
    noise = 0.004 if len(x) > 1 else 0.0
    return [x * [1, 1, 1e-4] + noise * abs(x).max(axis=1, keepdims=True)]


def swapped(arrays: Any) -> Any:
    return [arrays[0][::-1]]


@pytest.mark.parametrize(
    ("compute", "tolerance", "rows"), [(rounded, None, 1), (rounded, 2e-2, 16), (swapped, 2e-2, 1)]
)
def test_coarse_arithmetic_is_allowed_for_and_swapped_rows_are_not(
    compute: Any, tolerance: float | None, rows: int
) -> None:
    loaded = model(compute, tolerance)
    loaded.warm_up()
    assert loaded.rows == rows
    assert bool(loaded.warning) == (rows == 1)
