"""A class ``Model`` in ``model.py``: ``load(weights)`` once, then ``predict``.

With ``max_batch`` the model's ``predict`` gets a list and returns one as long; without, one input.
``stream`` answers piece by piece, ``chat`` and ``complete`` with pieces of text, ``embed`` takes
texts and returns vectors. Each may be ``async``: then many requests are under way at once. Inputs
in ``examples`` are answered before the replica is ready.
"""

# pathlib costs a start.
# ruff: noqa: PTH113, PTH118

from __future__ import annotations

import importlib
import inspect
import os
from typing import Any

from argosy_runner.worker import documentation, equivalence, faults, hints
from argosy_runner.worker.methods import Method, Raised, encode_vector

REQUIREMENTS: tuple[str, ...] = ()
METHODS = ("predict", "stream", "chat", "complete", "embed")
TEXTS = 32  # to a call of `embed`, where the model has no `max_batch`
CONCURRENCY = 100


def load(place: Any) -> Loaded:
    """Import ``model.py``, make its ``Model`` and load it."""
    if not place.code:
        raise faults.CannotLoad("no `code` folder is given, which must hold model.py")
    if not os.path.isfile(os.path.join(place.code, "model.py")):
        raise faults.CannotLoad(f"there is no model.py in {place.code}")
    module = importlib.import_module("model")
    if not isinstance(getattr(module, "Model", None), type):
        raise faults.CannotLoad(f"{module.__file__} has no class Model")
    if not any(callable(getattr(module.Model, name, None)) for name in METHODS):
        raise faults.CannotLoad(
            f"class Model in {module.__file__} has no method predict"
            " (nor stream, chat, complete or embed)"
        )
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

        return self.run(wait())

    def run(self, coroutine: Any) -> Any:
        """What the coroutine returns."""
        import asyncio

        if self._loop is None:
            self._loop = asyncio.new_event_loop()
            asyncio.set_event_loop(self._loop)
        return self._loop.run_until_complete(coroutine)


class Loaded:
    """A model that answers. With ``concurrent``, so many frames are under way on its ``loop``."""

    def __init__(self, model: Any, loop: Loop, most_rows: int | None) -> None:
        self.loop = loop
        self.warning = ""
        self._model = model
        self._tolerance = tolerance(model)
        self._most = batch_size(model)
        if self._most is not None and most_rows:
            self._most = min(self._most, most_rows)
        functions = {name: getattr(model, name, None) for name in METHODS}
        given = {name: function for name, function in functions.items() if callable(function)}
        self._functions = given
        self.concurrent = concurrency(model, given)
        self.methods: dict[str, Any] = {
            name: self._method(name, function) for name, function in given.items()
        }

    def documentation(self) -> dict[str, Any]:
        """What the model says of itself."""
        return documentation.describe(self._model, self._functions, self._most is not None)

    def warm_up(self) -> None:
        """Answer every example alone, and together: a model whose answers differ is not batched."""
        examples = list(getattr(self._model, "examples", ()))
        predict = self.methods.get("predict")
        if predict is None or not examples:
            return
        inputs = [predict.build(item) for item in examples]
        alone = [self._one(predict, item) for item in inputs]
        if predict.rows == 1:
            return

        def together(chosen: list[int]) -> list[bytes]:
            outputs = self._run(predict.compute([inputs[at] for at in chosen]))
            return [predict.encode(output) for output in outputs]

        differ = equivalence.disagreement(
            alone,
            again=lambda: [self._one(predict, item) for item in inputs],
            together=together,
            rows=predict.rows,
            alike=lambda one, other: equivalence.alike_json(one, other, self._tolerance),
            show=bytes.decode,
        )
        if differ:
            predict.rows = 1
            self.warning = equivalence.unbatched(self.warning, differ)

    def answer(self, header: dict[str, Any], body: bytes) -> tuple[dict[str, Any], Any]:
        """Of a model that is not concurrent. Rows that fail are entries in ``errors``."""
        answered: tuple[dict[str, Any], Any] = run_now(
            self.methods[header.get("method", "predict")].answer(header, body)
        )
        return answered

    def _method(self, name: str, function: Any) -> Any:
        parameters = list(inspect.signature(function).parameters)
        if not parameters:
            raise faults.CannotLoad(f"{name} takes no input: write {name}(self, input)")
        if name in {"chat", "complete", "stream"}:
            from argosy_runner.worker import streams

            if name != "stream":
                return streams.Conversing(function, self._model)
            return streams.Streaming(function, hints.parameter_hint(function, parameters[0]))
        if name == "embed":
            return Method(function, Any, self._most or TEXTS, self._finish, encode_vector)
        hint = hints.parameter_hint(function, parameters[0])
        return Method(function, item_hint(hint) if self._most else hint, self._most, self._finish)

    async def _finish(self, value: Any) -> Any:
        """What an awaitable gives. One that a plain function returned has no running loop."""
        if not hasattr(value, "__await__"):
            return value
        return await value if self.concurrent else self.loop.finish(value)

    def _one(self, predict: Method, item: Any) -> bytes:
        (output,) = self._run(predict.compute([item]))
        if isinstance(output, Raised):
            raise output.error
        return predict.encode(output)

    def _run(self, coroutine: Any) -> Any:
        return self.loop.run(coroutine) if self.concurrent else run_now(coroutine)


def run_now(coroutine: Any) -> Any:
    """What a coroutine returns that has nothing to wait for."""
    try:
        coroutine.send(None)
    except StopIteration as end:
        return end.value
    coroutine.close()
    raise RuntimeError("it waits for something although nothing in it is async")


def concurrency(model: Any, functions: dict[str, Any]) -> int:
    """How many frames at once: 0, one after the other, for a model with nothing to wait for."""
    if not functions.keys() & {"stream", "chat", "complete"} and not any(
        inspect.iscoroutinefunction(function) for function in functions.values()
    ):
        return 0
    return whole_number(model, "concurrency") or CONCURRENCY


def batch_size(model: Any) -> int | None:
    """``max_batch``, checked; None for a model that takes one input."""
    return whole_number(model, "max_batch")


def tolerance(model: Any) -> float | None:
    """``tolerance``, checked; None for a model that does not say."""
    found = getattr(model, "tolerance", None)
    if found is None:
        return None
    if isinstance(found, bool) or not isinstance(found, (int, float)) or not 0 < found < 1:
        raise faults.CannotLoad(f"tolerance must be a number between 0 and 1, not {found!r}")
    return float(found)


def whole_number(model: Any, name: str) -> int | None:
    """An attribute of the model that is a number from 1 on, or None."""
    found = getattr(model, name, None)
    if found is not None and (isinstance(found, bool) or not isinstance(found, int) or found < 1):
        raise faults.CannotLoad(f"{name} must be a whole number from 1 on, not {found!r}")
    return found


def item_hint(hint: Any) -> Any:
    """T of ``list[T]``."""
    arguments = getattr(hint, "__args__", ())
    if getattr(hint, "__origin__", None) is list and arguments:
        return arguments[0]
    return Any
