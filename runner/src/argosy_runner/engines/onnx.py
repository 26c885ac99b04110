"""An ONNX graph as it is, run by onnxruntime on the CPU. No code is needed.

The graph says what goes in and out. A first dimension without a fixed size is the batch: rows of
many requests are computed at once. Export classifiers of scikit-learn without zipmap.
"""

# zip has no `strict` on Python 3.8.
# ruff: noqa: B905

from __future__ import annotations

from typing import Any

from argosy_runner.worker import faults, packages, weights
from argosy_runner.worker.tensors import Tensor, TensorModel

REQUIREMENTS = ("onnxruntime", "numpy")
SUFFIXES = (".onnx",)

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
    try:
        session = onnxruntime.InferenceSession(graph, options, providers=["CPUExecutionProvider"])
    except Exception as error:  # its own errors share no base
        raise weights.unreadable(graph, "onnxruntime", error) from error
    inputs = [tensor(node, "input") for node in session.get_inputs()]
    outputs = [tensor(node, "output") for node in session.get_outputs()]
    input_names = [each.name for each in inputs]
    output_names = [each.name for each in outputs]

    def compute(arrays: list[Any]) -> Any:
        return session.run(output_names, dict(zip(input_names, arrays)))

    return TensorModel(inputs, outputs, compute, place.rows)


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
