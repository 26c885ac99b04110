"""Frames of tensors: their bytes become numpy arrays, a model computes, its arrays become bytes.

A frame's header has the number of ``rows``, and for each tensor its ``shapes`` and ``sizes`` in
bytes; the body has all rows of one tensor after the other. numpy is the model's own and imported
when the first model of tensors is made.
"""

# zip has no `strict` on Python 3.8.
# ruff: noqa: B905, ICN001

from __future__ import annotations

import json
from typing import Any

from argosy_runner.worker import equivalence, faults, gpu

DEFAULT_ROWS = 64
SAMPLES = 3
ALIGNMENT = 8

# What the runner can tell apart, by numpy's names; texts are "string".
TYPES = frozenset(
    {
        "float16", "float32", "float64", "bool", "int8", "int16", "int32", "int64", "uint8",
        "uint16", "uint32", "uint64", "string",
    }
)  # fmt: skip


class Tensor:
    """One input or output. ``sizes`` are those of the model's own tensor, None where one is free.

    A first size that is free is the batch, a first size of 1 a batch of one. ``shape`` is a row's.
    """

    def __init__(self, name: str, kind: str, sizes: Any) -> None:
        self.name = name
        self.type = kind
        sizes = list(sizes)
        self.batch = bool(sizes) and sizes[0] is None
        self.leading = bool(sizes) and sizes[0] in {None, 1}
        self.shape = sizes[1:] if self.leading else sizes

    def describe(self) -> dict[str, Any]:
        """For the runner."""
        batch = (-1 if self.batch else 1) if self.leading else 0
        return {"name": self.name, "type": self.type, "shape": self.shape, "batch": batch}


class TensorModel:
    """A model that answers. ``compute`` takes and gives lists of arrays, in the tensors' order.

    ``tolerance``: rows computed together may differ by this part of an output's largest number,
    where arithmetic is coarser than that of a CPU in 32 bits.
    """

    def __init__(
        self,
        inputs: list[Tensor],
        outputs: list[Tensor],
        compute: Any,
        most_rows: int | None,
        tolerance: float | None = None,
    ) -> None:
        import numpy

        self._numpy = numpy
        self._inputs = inputs
        self._outputs = outputs
        self._compute = compute
        self._tolerance = tolerance
        self.warning = ""
        self.device = ""
        batched = bool(inputs) and all(tensor.batch for tensor in inputs + outputs)
        self.rows = (most_rows or DEFAULT_ROWS) if batched else 1
        self.signature = {
            "tensors": {
                "inputs": [tensor.describe() for tensor in inputs],
                "outputs": [tensor.describe() for tensor in outputs],
            }
        }

    def warm_up(self) -> None:
        """Samples, alone and together: a model that mixes its rows is not batched."""
        try:
            self._compute(zeros(self._inputs, 1))
            if self.rows > 1:
                self._compute(zeros(self._inputs, self.rows))
                self._prove()
        except Exception as error:
            if gpu.is_full(error):
                raise faults.CannotLoad(
                    f"{self.rows} rows at once do not fit, out of GPU memory: {gpu.line(error)}: "
                    "write a smaller batch.max_size, or give the model more of the GPU"
                ) from error
            if gpu.is_lost(error):
                raise faults.CannotLoad(
                    f"numbers made up for the warm-up have lost the GPU: {gpu.line(error)}: "
                    "write `batch: {max_size: 1}`, which needs no proof, or engine `python`"
                ) from error
            if not any(None in tensor.shape for tensor in self._inputs):
                raise
            # Zeros of a guessed shape say nothing about shapes that callers will send.

    def _prove(self) -> None:
        """Compare samples alone and in batches."""
        try:
            drawn = samples(self._inputs, SAMPLES)
            alone = self._one_by_one(drawn)
        except Exception as error:  # numbers that this model does not know
            if gpu.is_lost(error):
                raise
            drawn = zeros(self._inputs, SAMPLES)
            alone = self._one_by_one(drawn)

        def together(chosen: list[int]) -> list[Any]:
            outputs = self._compute([array[chosen] for array in drawn])
            if any(output.shape[:1] != (len(chosen),) for output in outputs):
                return []
            return [[output[at : at + 1] for output in outputs] for at in range(len(chosen))]

        differ = equivalence.disagreement(
            alone,
            again=lambda: self._one_by_one(drawn),
            together=together,
            rows=self.rows,
            alike=self._alike,
            show=lambda outputs: ", ".join(str(output.ravel()[:4].tolist()) for output in outputs),
        )
        if differ:
            self.rows = 1
            self.warning = equivalence.unbatched(self.warning, differ.replace("example", "sample"))

    def _one_by_one(self, drawn: list[Any]) -> list[Any]:
        return [self._compute([array[at : at + 1] for array in drawn]) for at in range(SAMPLES)]

    def _alike(self, first: list[Any], second: list[Any]) -> bool:
        """Whether two answers say the same but for rounding."""
        numpy = self._numpy
        for one, other in zip(first, second):
            if one.shape != other.shape:
                return False
            if one.dtype.kind != "f":
                if not numpy.array_equal(one, other):
                    return False
                continue
            tolerance = equivalence.COARSE if one.dtype.itemsize == 2 else self._tolerance
            relative, absolute = equivalence.RELATIVE, equivalence.ABSOLUTE
            if tolerance is not None:
                finite = numpy.abs(one[numpy.isfinite(one)].astype("float64"))
                relative, absolute = 0.0, max(absolute, tolerance * finite.max(initial=0.0))
            if not numpy.allclose(one, other, relative, absolute, equal_nan=True):
                return False
        return True

    def answer(self, header: Any, body: bytes) -> Any:
        """Compute a frame: parts in the order of the inputs, each all rows of one tensor."""
        try:
            outputs = self._compute(self._unpack(header, body))
            parts, answer = self._pack(outputs, header["rows"])
        except BaseException as error:  # noqa: BLE001  whatever a model raises is its caller's answer
            if header["rows"] == 1:
                faults.report(error)
            return {"failure": faults.failure(error)}, ()
        return answer, parts

    def _unpack(self, header: Any, body: bytes) -> list[Any]:
        numpy, start, arrays = self._numpy, 0, []
        for tensor, row_shape, size in zip(self._inputs, header["shapes"], header["sizes"]):
            shape = [header["rows"], *row_shape] if tensor.leading else row_shape
            if tensor.type == "string":
                array = numpy.array(json.loads(body[start : start + size]), dtype=object)
            else:
                kind = numpy.dtype(tensor.type)
                array = numpy.frombuffer(body, kind, size // kind.itemsize, start)
            arrays.append(array.reshape(shape))
            start += size + -size % ALIGNMENT
        return arrays

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
                parts.append(self._numpy.asarray(output, tensor.type).tobytes())
        return parts, {"shapes": shapes, "sizes": [len(part) for part in parts]}


def zeros(inputs: list[Tensor], rows: int) -> list[Any]:
    """Arrays that fit ``inputs``: zeros or empty texts, with size 1 where a size is free."""
    import numpy

    arrays: list[Any] = []
    for tensor in inputs:
        shape = [size or 1 for size in tensor.shape]
        if tensor.leading:
            shape = [rows, *shape]
        if tensor.type == "string":
            arrays.append(numpy.full(shape, "", dtype=object))
        else:
            arrays.append(numpy.zeros(shape, dtype=tensor.type))
    return arrays


def samples(inputs: list[Tensor], rows: int) -> list[Any]:
    """Arrays like `zeros`, of rows that differ: the same ones every time."""
    import numpy

    chance = numpy.random.default_rng(0)
    arrays = []
    for tensor, zero in zip(inputs, zeros(inputs, rows)):
        if tensor.type == "string":
            texts = numpy.array([f"sample {at}" for at in range(zero.size)], dtype=object)
            arrays.append(texts.reshape(zero.shape))
        elif tensor.type.startswith("float"):
            arrays.append(chance.standard_normal(zero.shape).astype(tensor.type))
        else:
            arrays.append(chance.integers(0, 2, zero.shape).astype(tensor.type))
    return arrays


def seen(name: str, array: Any, rows: int, free: bool = False) -> Tensor:
    """The output that a model gave for ``rows`` rows; ``free``: other inputs give other sizes."""
    kind = "string" if array.dtype.kind in "OSU" else array.dtype.name
    if kind not in TYPES:
        raise faults.CannotLoad(f"output {name!r} is of type {kind}, which cannot be served")
    sizes = [None if free else size for size in array.shape]
    if sizes and array.shape[0] == rows:
        sizes[0] = None
    return Tensor(name, kind, sizes)
