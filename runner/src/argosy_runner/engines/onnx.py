"""An ONNX graph as it is, run by onnxruntime. No code is needed.

The graph says what goes in and out. A first dimension without a fixed size is the batch: rows of
many requests are computed at once. Export classifiers of scikit-learn without zipmap.

The default requirement computes on the CPU. For a GPU, a `code` folder's requirements.txt names
`onnxruntime-gpu[cuda,cudnn]`, and `options` the device.
"""

# zip has no `strict` on Python 3.8.
# ruff: noqa: B905

from __future__ import annotations

from typing import Any

from argosy_runner.worker import equivalence, faults, packages, weights
from argosy_runner.worker.tensors import Tensor, TensorModel

REQUIREMENTS = ("onnxruntime", "numpy")
OPTIONS = {
    "device": "`cpu` (the default), `cuda`, `cuda:1` … A device that is not there is a failure.",
}
SUFFIXES = (".onnx",)
UNUSED = (
    "onnxruntime/capi/libonnxruntime.so.*",  # the library for C, all of which the module has, too
    "onnxruntime/backend",
    "onnxruntime/datasets",
    "onnxruntime/quantization",
    "onnxruntime/tools",
    "onnxruntime/transformers",
    "numpy/tests",
    "numpy/*/tests",
)
CUDA = "CUDAExecutionProvider"

# The type names of onnxruntime, with numpy's.
TYPES = {
    "tensor(float)": "float32", "tensor(double)": "float64", "tensor(float16)": "float16",
    "tensor(int8)": "int8", "tensor(int16)": "int16", "tensor(int32)": "int32",
    "tensor(int64)": "int64", "tensor(uint8)": "uint8", "tensor(uint16)": "uint16",
    "tensor(uint32)": "uint32", "tensor(uint64)": "uint64", "tensor(bool)": "bool",
    "tensor(string)": "string",
}  # fmt: skip


def load(place: Any) -> TensorModel:
    """Open the graph that ``weights`` is, or the only one in the folder that it is."""
    onnxruntime = packages.need("onnxruntime", "onnxruntime")
    graph = weights.file(place, "onnx", SUFFIXES)
    options = onnxruntime.SessionOptions()
    if threads := packages.threads():
        options.intra_op_num_threads = threads
        options.inter_op_num_threads = 1
    device = place.options.get("device", "cpu")
    providers = providers_of(onnxruntime, device)
    try:
        session = onnxruntime.InferenceSession(graph, options, providers=providers)
    except Exception as error:  # its own errors share no base
        raise weights.unreadable(graph, "onnxruntime", error) from error
    if device != "cpu" and CUDA not in session.get_providers():
        # onnxruntime goes on with the CPU where it finds no GPU, and has printed why.
        raise faults.CannotLoad(
            f"options.device {device!r} cannot be used: onnxruntime finds no GPU, or a "
            "library of CUDA is missing, which `onnxruntime-gpu[cuda,cudnn]` brings; its own "
            "words are in the log"
        )
    inputs = [tensor(node, "input") for node in session.get_inputs()]
    outputs = [tensor(node, "output") for node in session.get_outputs()]
    input_names = [each.name for each in inputs]
    output_names = [each.name for each in outputs]

    def compute(arrays: list[Any]) -> Any:
        return session.run(output_names, dict(zip(input_names, arrays)))

    tolerance = None if device == "cpu" else equivalence.RELATIVE
    model = TensorModel(inputs, outputs, compute, place.rows, tolerance)
    model.device = device
    return model


def providers_of(onnxruntime: Any, device: Any) -> list[Any]:
    """What is to compute on the device that the options name."""
    if device == "cpu":
        return ["CPUExecutionProvider"]
    kind, _, number = device.partition(":") if isinstance(device, str) else ("", "", "")
    if kind != "cuda" or not (number or "0").isdigit():
        raise faults.CannotLoad(f"options.device must be cpu, cuda, cuda:1 …, not {device!r}")
    if CUDA not in onnxruntime.get_available_providers():
        raise faults.CannotLoad(
            f"options.device {device!r} cannot be used: this onnxruntime is the build for CPUs: "
            "name `onnxruntime-gpu[cuda,cudnn]` in requirements.txt"
        )
    if hasattr(onnxruntime, "preload_dlls"):
        onnxruntime.preload_dlls()  # CUDA's libraries where their packages put them
    return [(CUDA, {"device_id": int(number or 0)}), "CPUExecutionProvider"]


def tensor(node: Any, what: str) -> Tensor:
    """One input or output of the graph."""
    if node.type not in TYPES:
        advice = (
            "; export without zipmap (skl2onnx: options={'zipmap': False})"
            if node.type.startswith(("seq", "map"))
            else ""
        )
        raise faults.CannotLoad(
            f"{what} {node.name!r} is a {node.type}, which is not a tensor we can serve{advice}"
        )
    sizes = [size if isinstance(size, int) and size > 0 else None for size in node.shape]
    return Tensor(node.name, TYPES[node.type], sizes)
