"""A class ``Model`` in ``model.py``: ``load(weights)`` once, then ``predict``.

With ``max_batch`` the model's ``predict`` gets a list and returns one as long; without, one input.
Both may be ``async``. Inputs in ``examples`` are answered before the replica is ready.
"""

# pathlib costs a start; zip has no `strict` on Python 3.8.
# ruff: noqa: PTH113, PTH118, B905

from __future__ import annotations

import importlib
import inspect
import json
import os
from typing import Any

from argosy_runner.worker import faults, hints, values

REQUIREMENTS: tuple[str, ...] = ()
ASYNC_ROWS = 32


def load(place: Any) -> Loaded:
    """Import ``model.py``, make its ``Model`` and load it."""
    if not place.code:
        raise faults.CannotLoad("no `code` folder is given, which must hold model.py")
    if not os.path.isfile(os.path.join(place.code, "model.py")):
        raise faults.CannotLoad(f"there is no model.py in {place.code}")
    module = importlib.import_module("model")
    if not isinstance(getattr(module, "Model", None), type):
        raise faults.CannotLoad(f"{module.__file__} has no class Model")
    if not callable(getattr(module.Model, "predict", None)):
        raise faults.CannotLoad(f"class Model in {module.__file__} has no method predict")
    model = module.Model()
    loop = Loop()
    if callable(getattr(model, "load", None)):
        loop.finish(model.load(*weights_argument(model.load, place.weights)))
    return Loaded(model, loop, place.rows)


def weights_argument(function: Any, weights: str | None) -> tuple[Any, ...]:
    """``load(self)`` is fine for a model without weights."""
    if not inspect.signature(function).parameters:
        return ()
    if weights is None:
        return (None,)
    import pathlib

    return (pathlib.Path(weights),)


class Loop:
    """The one event loop of a model with async methods, made when first needed."""

    def __init__(self) -> None:
        self._loop: Any = None

    def finish(self, value: Any) -> Any:
        """``value``, or what it gives when awaited."""
        if not hasattr(value, "__await__"):
            return value

        async def wait() -> Any:
            return await value

        return self._run(wait())

    def gather(self, awaitables: list[Any]) -> Any:
        """What each gives, or its exception."""
        import asyncio

        async def wait() -> Any:
            return await asyncio.gather(*awaitables, return_exceptions=True)

        return self._run(wait())

    def _run(self, coroutine: Any) -> Any:
        import asyncio

        if self._loop is None:
            self._loop = asyncio.new_event_loop()
            asyncio.set_event_loop(self._loop)
        return self._loop.run_until_complete(coroutine)


class Loaded:
    """A model that answers."""

    def __init__(self, model: Any, loop: Loop, most_rows: int | None) -> None:
        self._model = model
        self._predict = model.predict
        self._loop = loop
        self._most = batch_size(model)
        parameters = list(inspect.signature(self._predict).parameters)
        if not parameters:
            raise faults.CannotLoad("predict takes no input: write predict(self, input)")
        hint = hints.parameter_hint(self._predict, parameters[0])
        if self._most:
            hint = item_hint(hint)
        self._build = hints.builder(hint)
        self.signature = {"values": hints.describe(hint)}
        if self._most:
            self.rows = min(self._most, most_rows or self._most)
        elif inspect.iscoroutinefunction(self._predict):
            self.rows = most_rows or ASYNC_ROWS
        else:
            self.rows = 1

    def warm_up(self) -> None:
        """Answer every example alone, and a full batch of them."""
        examples = list(getattr(self._model, "examples", ()))
        inputs = [self._build(item) if self._build else item for item in examples]
        for item in inputs:
            self._check(self._compute([item]))
        if self._most and inputs:
            self._check(self._compute((inputs * self.rows)[: self.rows]))

    def answer(self, header: dict[str, Any], body: bytes) -> tuple[dict[str, Any], Any]:
        """Rows are parsed, computed, encoded; a row that fails is an entry in ``errors``."""
        errors: dict[int, Any] = {}
        inputs, indices = self._inputs(header, body, errors)
        parts = [b""] * len(header["sizes"])
        try:
            outputs = self._compute(inputs) if inputs else []
        except BaseException as error:  # noqa: BLE001  whatever a model raises is its caller's answer
            if len(parts) == 1:  # of several rows each is tried alone, and reports for itself
                faults.report(error)
            return {"failure": faults.failure(error)}, ()
        for index, output in zip(indices, outputs):
            if isinstance(output, Raised):
                errors[index] = faults.failure(output.error)
                continue
            try:
                parts[index] = values.encode(output)
            except BaseException as error:  # noqa: BLE001  attributes of outputs are the model's code
                faults.report(error)
                errors[index] = faults.failure(error, "output")
        answer: dict[str, Any] = {"sizes": [len(part) for part in parts]}
        if errors:
            answer["errors"] = errors
        return answer, parts

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
                if index in raw:
                    value = text
                else:
                    value = json.loads(text)
                    if self._build:
                        value = self._build(value)
            except (ValueError, TypeError, RecursionError) as error:
                errors[index] = faults.failure(error, "input")
                continue
            inputs.append(value)
            indices.append(index)
        return inputs, indices

    def _compute(self, inputs: list[Any]) -> Any:
        """One output, or `Raised`, for each input; raises what a batched predict raises."""
        if self._most:
            outputs = self._loop.finish(self._predict(inputs))
            if hasattr(outputs, "tolist"):
                outputs = list(outputs)
            if not isinstance(outputs, (list, tuple)):
                kind = type(outputs).__name__
                raise TypeError(f"predict of a model with max_batch must return a list, not {kind}")
            if len(outputs) != len(inputs):
                raise ValueError(
                    f"predict returned {len(outputs)} outputs for {len(inputs)} inputs"
                )
            return outputs
        outputs = []
        for item in inputs:
            try:
                outputs.append(self._predict(item))
            except BaseException as error:  # noqa: BLE001  it fails this row, not its neighbours
                faults.report(error)
                outputs.append(Raised(error))
        return self._await(outputs)

    def _await(self, outputs: list[Any]) -> list[Any]:
        waiting = [at for at, output in enumerate(outputs) if hasattr(output, "__await__")]
        if not waiting:
            return outputs
        for at, output in zip(waiting, self._loop.gather([outputs[at] for at in waiting])):
            if isinstance(output, BaseException):
                faults.report(output)
                outputs[at] = Raised(output)
            else:
                outputs[at] = output
        return outputs

    @staticmethod
    def _check(outputs: list[Any]) -> None:
        for output in outputs:
            if isinstance(output, Raised):
                raise output.error
            values.encode(output)


class Raised:
    """An exception in the place of an output."""

    def __init__(self, error: BaseException) -> None:
        self.error = error


def batch_size(model: Any) -> int | None:
    """``max_batch``, checked; None for a model that takes one input."""
    most = getattr(model, "max_batch", None)
    if most is not None and (isinstance(most, bool) or not isinstance(most, int) or most < 1):
        raise faults.CannotLoad(f"max_batch must be a whole number from 1 on, not {most!r}")
    return most


def item_hint(hint: Any) -> Any:
    """T of ``list[T]``."""
    arguments = getattr(hint, "__args__", ())
    if getattr(hint, "__origin__", None) is list and arguments:
        return arguments[0]
    return Any
