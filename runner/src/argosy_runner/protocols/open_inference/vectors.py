"""Models with ``embed``: texts in, vectors of 32-bit floats out. No I/O here."""

from __future__ import annotations

from collections.abc import Sequence

from argosy_runner.calls import Method
from argosy_runner.protocols.open_inference.models import Metadata, by_name, one_shape
from argosy_runner.protocols.open_inference.tensors import Tensor, wrong
from argosy_runner.signatures import Payload

ITEM = 4


class Texts:
    """An adapter for what has `Vectors`."""

    def __init__(self, method: Method) -> None:
        self.method = method
        self.inputs = [Metadata("input", "BYTES", (-1,))]
        self.outputs = [Metadata("output", "FP32", (-1, -1))]

    def payloads(self, tensors: Sequence[Tensor]) -> list[Payload]:
        """A text each."""
        tensor = by_name(tensors, ["input"]).get("input")
        if tensor is None:
            raise wrong("input", "missing")
        if tensor.datatype != "BYTES":
            raise wrong("input", f"it is BYTES, not {tensor.datatype}")
        pack = self.method.signature.pack
        return [pack(text, f"input {at}") for at, text in enumerate(tensor.texts())]

    def results(self, answers: Sequence[bytes]) -> list[Tensor]:
        """A row each."""
        shape = [0, 0]
        if answers:
            shape = one_shape("output", [[1, len(answer) // ITEM] for answer in answers])
        return [Tensor("output", "FP32", shape, raw=b"".join(answers))]
