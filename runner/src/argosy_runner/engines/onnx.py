"""An ONNX graph as it is, run by onnxruntime on the CPU. No code is needed.

The graph says what goes in and out. A first dimension without a fixed size is the batch: rows of
many requests are computed at once. Export classifiers of scikit-learn without zipmap.
"""

# pathlib costs a start; zip has no `strict` on Python 3.8.
# ruff: noqa: PTH110, PTH112, PTH118, PTH208, B905, ICN001

from __future__ import annotations

import json
import os
from typing import Any

from argosy_runner.worker import faults

REQUIREMENTS = ("onnxruntime", "numpy")
DEFAULT_ROWS = 64
ALIGNMENT = 8

# The type names of onnxruntime, with numpy's.
TYPES = {
    "tensor(float)": "float32", "tensor(double)": "float64", "tensor(float16)": "float16",
    "tensor(int8)": "int8", "tensor(int16)": "int16", "tensor(int32)": "int32",
    "tensor(int64)": "int64", "tensor(uint8)": "uint8", "tensor(uint16)": "uint16",
    "tensor(uint32)": "uint32", "tensor(uint64)": "uint64", "tensor(bool)": "bool",
    "tensor(string)": "string",
}  # fmt: skip


def load(place: Any) -> Loaded:
    """Open the graph that ``weights`` is, or the only one in the folder that it is."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    threads = os.environ.get("OMP_NUM_THREADS", "")
    if threads.isdigit():
        options.intra_op_num_threads = int(threads)
        options.inter_op_num_threads = 1
    session = onnxruntime.InferenceSession(
        graph_file(place.weights), options, providers=["CPUExecutionProvider"]
    )
    return Loaded(session, place.rows)


def graph_file(weights: str | None) -> str:
    """The .onnx file that is meant."""
    if not weights:
        raise faults.CannotLoad("engine onnx needs `weights`: the path of an .onnx file")
    if not os.path.exists(weights):
        raise faults.CannotLoad(f"{weights} does not exist")
    if not os.path.isdir(weights):
        return weights
    graphs = [name for name in sorted(os.listdir(weights)) if name.endswith(".onnx")]
    if len(graphs) != 1:
        raise faults.CannotLoad(f"{weights} holds {len(graphs)} .onnx files where one is wanted")
    return os.path.join(weights, graphs[0])


class Tensor:
    """One input or output of the graph. ``shape`` is a row's, None where a size is free."""

    def __init__(self, node: Any, what: str) -> None:
        if node.type not in TYPES:
            advice = (
                "; export without zipmap (skl2onnx: options={'zipmap': False})"
                if node.type.startswith(("seq", "map"))
                else ""
            )
            raise faults.CannotLoad(
                f"{what} {node.name!r} is a {node.type}, which is not a tensor we can serve{advice}"
            )
        self.name = node.name
        self.type = TYPES[node.type]
        sizes = [size if isinstance(size, int) and size > 0 else None for size in node.shape]
        self.batch = bool(sizes) and sizes[0] is None
        self.leading = bool(sizes) and sizes[0] in {None, 1}
        self.shape = sizes[1:] if self.leading else sizes

    def describe(self) -> dict[str, Any]:
        """For the runner."""
        batch = (-1 if self.batch else 1) if self.leading else 0
        return {"name": self.name, "type": self.type, "shape": self.shape, "batch": batch}


class Loaded:
    """A graph that answers."""

    def __init__(self, session: Any, most_rows: int | None) -> None:
        import numpy

        self._numpy = numpy
        self._session = session
        self._inputs = [Tensor(node, "input") for node in session.get_inputs()]
        self._outputs = [Tensor(node, "output") for node in session.get_outputs()]
        self._names = [tensor.name for tensor in self._outputs]
        every = self._inputs + self._outputs
        batched = bool(self._inputs) and all(tensor.batch for tensor in every)
        self.rows = (most_rows or DEFAULT_ROWS) if batched else 1
        self.signature = {
            "tensors": {
                "inputs": [tensor.describe() for tensor in self._inputs],
                "outputs": [tensor.describe() for tensor in self._outputs],
            }
        }

    def warm_up(self) -> None:
        """Zeros, alone and as many rows as a frame may hold."""
        try:
            if self.rows > 1:
                two = self._run(self._zeros(2))
                if any(output.shape[:1] != (2,) for output in two):
                    self.rows = 1  # the graph mixes its rows
            for rows in {1, self.rows}:
                self._run(self._zeros(rows))
        except Exception:
            if not any(None in tensor.shape for tensor in self._inputs):
                raise
            # Zeros of a guessed shape say nothing about shapes that callers will send.

    def answer(self, header: Any, body: bytes) -> Any:
        """Compute a frame: parts in the order of the inputs, each all rows of one tensor."""
        try:
            outputs = self._run(self._unpack(header, body))
            parts, answer = self._pack(outputs, header["rows"])
        except BaseException as error:  # noqa: BLE001  whatever the graph raises is its caller's answer
            if header["rows"] == 1:
                faults.report(error)
            return {"failure": faults.failure(error)}, ()
        return answer, parts

    def _run(self, feeds: dict[str, Any]) -> Any:
        return self._session.run(self._names, feeds)

    def _unpack(self, header: Any, body: bytes) -> dict[str, Any]:
        numpy, start, feeds = self._numpy, 0, {}
        parts = zip(self._inputs, header["shapes"], header["sizes"])
        for tensor, row_shape, size in parts:
            shape = [header["rows"], *row_shape] if tensor.leading else row_shape
            if tensor.type == "string":
                array = numpy.array(json.loads(body[start : start + size]), dtype=object)
            else:
                kind = numpy.dtype(tensor.type)
                array = numpy.frombuffer(body, kind, size // kind.itemsize, start)
            feeds[tensor.name] = array.reshape(shape)
            start += size + -size % ALIGNMENT
        return feeds

    def _pack(self, outputs: Any, rows: int) -> Any:
        shapes, parts = [], []
        for tensor, output in zip(self._outputs, outputs):
            shape = output.shape
            if not tensor.leading or shape[0] != rows:
                if rows > 1:
                    raise ValueError(f"output {tensor.name!r} has not one row for each input")
                shape = (1, *shape)
            shapes.append(shape)
            if tensor.type == "string":
                parts.append(json.dumps(output.ravel().tolist()).encode())
            else:
                parts.append(output.tobytes())
        return parts, {"shapes": shapes, "sizes": [len(part) for part in parts]}

    def _zeros(self, rows: int) -> dict[str, Any]:
        feeds: dict[str, Any] = {}
        for tensor in self._inputs:
            shape = [size or 1 for size in tensor.shape]
            if tensor.leading:
                shape = [rows, *shape]
            if tensor.type == "string":
                feeds[tensor.name] = self._numpy.full(shape, "", dtype=object)
            else:
                feeds[tensor.name] = self._numpy.zeros(shape, dtype=tensor.type)
        return feeds
