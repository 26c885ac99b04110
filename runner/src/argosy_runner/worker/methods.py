"""What a Python model can be asked and answers whole: ``predict`` and ``embed``.

A method parses the rows of a frame, computes them, and encodes the answers. A row that fails is an
entry in ``errors`` and costs its neighbours nothing.
"""

# zip has no `strict` on Python 3.8.
# ruff: noqa: B905

from __future__ import annotations

import json
from array import array
from typing import Any, Callable

from argosy_runner.worker import faults, hints, values


class Raised:
    """An exception in the place of an output."""

    def __init__(self, error: BaseException) -> None:
        self.error = error


class Method:
    """A function of the model. ``most`` is the longest list it takes; None: it takes one input.

    ``finish`` awaits what the function returned, where that is an awaitable.
    """

    streams = False

    def __init__(
        self,
        function: Callable[[Any], Any],
        hint: object,
        most: int | None,
        finish: Callable[[Any], Any],
        encode: Callable[[Any], bytes] = values.encode,
    ) -> None:
        self._function = function
        self._finish = finish
        self._encode = encode
        self._build = hints.builder(hint)
        self._description = hints.describe(hint)
        self._takes_list = most is not None
        self.rows = most or 1

    def describe(self) -> dict[str, Any]:
        """For the runner."""
        if self._encode is encode_vector:
            return {"vectors": True, "rows": self.rows}
        return {"values": self._description, "rows": self.rows}

    def build(self, value: Any) -> Any:
        """What the function takes, of parsed JSON."""
        return self._build(value) if self._build else value

    def encode(self, output: Any) -> bytes:
        """An output as it goes to the runner. Raises what is wrong with it."""
        return self._encode(output)

    async def answer(self, header: dict[str, Any], body: bytes) -> tuple[dict[str, Any], Any]:
        """The (header, parts) that answer a frame; it never raises."""
        errors: dict[int, Any] = {}
        inputs, indices = self._inputs(header, body, errors)
        parts = [b""] * len(header["sizes"])
        try:
            outputs = await self.compute(inputs) if inputs else []
        except BaseException as error:
            if faults.is_cancellation(error):
                raise
            if len(parts) == 1:  # of several rows each is tried alone, and reports for itself
                faults.report(error)
            return {"failure": faults.failure(error)}, ()
        for index, output in zip(indices, outputs):
            try:
                if not isinstance(output, Raised):
                    parts[index] = self._encode(output)
                    continue
                failure = faults.failure(output.error)
            except BaseException as error:  # noqa: BLE001  attributes of outputs are the model's code
                faults.report(error)
                failure = faults.failure(error, "output")
            if failure["kind"] == "gpu":  # which of the rows it was cannot be told
                return {"failure": failure}, ()
            errors[index] = failure
        answer: dict[str, Any] = {"sizes": [len(part) for part in parts]}
        if errors:
            answer["errors"] = errors
        return answer, parts

    async def compute(self, inputs: list[Any]) -> list[Any]:
        """One output, or `Raised`, for each input; raises what a batched function raises."""
        if self._takes_list:
            return as_rows(await self._finish(self._function(inputs)), len(inputs))
        outputs = []
        for item in inputs:
            try:
                outputs.append(await self._finish(self._function(item)))
            except BaseException as error:
                if faults.is_cancellation(error):
                    raise
                faults.report(error)
                outputs.append(Raised(error))
        return outputs

    def _inputs(self, header: dict[str, Any], body: bytes, errors: dict[int, Any]) -> Any:
        """The parsed rows and their places in the frame."""
        inputs: list[Any] = []
        indices: list[int] = []
        start = 0
        raw = header.get("raw", ())
        for index, size in enumerate(header["sizes"]):
            text = body[start : start + size]
            start += size
            try:
                value = text if index in raw else self.build(json.loads(text))
            except (ValueError, TypeError, RecursionError) as error:
                errors[index] = faults.failure(error, "input")
                continue
            inputs.append(value)
            indices.append(index)
        return inputs, indices


def as_rows(outputs: Any, wanted: int) -> list[Any]:
    """What a function that takes a list returned, as a list as long."""
    if hasattr(outputs, "tolist"):
        outputs = list(outputs)
    if not isinstance(outputs, (list, tuple)):
        kind = type(outputs).__name__
        raise TypeError(f"predict of a model with max_batch must return a list, not {kind}")
    if len(outputs) != wanted:
        raise ValueError(f"predict returned {len(outputs)} outputs for {wanted} inputs")
    return list(outputs)


def encode_vector(vector: Any) -> bytes:
    """The bytes of 32-bit floats. Raises `values.BadOutput` for what is no vector of numbers."""
    try:
        if hasattr(vector, "tolist"):
            vector = vector.tolist()  # numpy, torch
        numbers = array("f", vector)
    except (TypeError, OverflowError) as error:
        raise values.BadOutput(f"embed must return lists of numbers ({error})") from error
    for number in numbers:
        if number - number != 0:
            raise values.BadOutput("NaN or infinity in an embedding")
    return numbers.tobytes()
