"""What an answer is worth, from 0 to 1. One file each, named as the word in the stack file.

A scorer's module has

- a docstring that is its manual, from which ``docs/probes.md`` is made: what it does, an example;
- ``OPTIONS``: an `Option` for each key that it takes;
- ``score(answer, expected, options)``: a number in [0, 1]. ``answer`` and ``expected`` are what
  JSON can say. It raises `CannotScore` where the answer is none that could be right.

and where it needs them

- ``wrong_options(options)``: what is wrong with options that are each right, empty for nothing;
- ``wrong_expected(expected, options)``: the same for what an item expects;
- ``as_expected(answer, options)``: what an item would have to expect so that ``answer`` is right,
  where that has another form; it raises `CannotScore` where there is nothing;
- ``needs_expected(options)``: whether an item must say what it expects, else it must;
- ``prepare(options, folder)``: options to be used in place of those that were written, made once;
- ``SECONDS``: it may take so long, and runs beside the event loop;
- ``texts(answer, expected)``: it is given their vectors, the answer's first, not the texts.

Nothing here does any I/O but ``function``, which imports a module. What several share lies in the
package ``reading``, which is no scorer.
"""

from __future__ import annotations

import asyncio
import importlib
import math
import pkgutil
import threading
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

from argosy.nearest import nearest
from argosy.scorers.reading.options import CannotScore, Option
from argosy.scorers.reading.sameness import same

Embed = Callable[[Sequence[str]], Awaitable[Sequence[Sequence[float]]]]
"""A vector for each text, in their order."""

FUNCTION = "function"
RIGHT = 1 - 1e-9  # a cosine of the same vectors is not always 1


class WrongScorer(ValueError):
    """What was written names no scorer, or options that it does not take.

    ``path`` are the keys that lead to what is wrong, inside of what was written.
    """

    def __init__(self, what: str, next_step: str = "", path: tuple[str, ...] = ()) -> None:
        super().__init__(f"{what}. {next_step}".strip())
        self.what = what
        self.next_step = next_step
        self.path = path


@dataclass(frozen=True)
class Score:
    """``value`` is in [0, 1]. A ``reason`` says why nothing could be scored; then it is 0."""

    value: float
    reason: str = ""


@dataclass(frozen=True)
class Choice:
    """A scorer as it is written: its word, and its options."""

    name: str
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Scorer:
    """One that is ready to score. `named` makes it."""

    name: str
    options: Mapping[str, Any]

    def wrong_expected(self, expected: object, *, given: bool = True) -> str:
        """What is wrong with what an item expects, empty for nothing."""
        told = module(self.name)
        if not given:
            optional = hasattr(told, "needs_expected") and not told.needs_expected(self.options)
            return "" if optional else f"the scorer {self.name} needs `expected`"
        wrong = getattr(told, "wrong_expected", None)
        return wrong(expected, self.options) if wrong else ""

    async def score(self, answer: object, expected: object, embed: Embed | None = None) -> Score:
        """How good ``answer`` is; never raises. ``embed`` is needed by ``embedding`` alone."""
        told = module(self.name)
        try:
            if hasattr(told, "texts"):
                answer, expected = await _vectors(told.texts(answer, expected), embed)
            if hasattr(told, "SECONDS"):
                value = await _beside(
                    lambda: told.score(answer, expected, self.options), told.SECONDS
                )
            else:
                value = told.score(answer, expected, self.options)
        except CannotScore as error:
            return Score(0.0, str(error))
        except RecursionError:
            return Score(0.0, "the answer is nested too deeply")
        return _bounded(value)

    async def alike(self, one: object, other: object, embed: Embed | None = None) -> bool:
        """Whether each of two answers is right where the other is expected; never raises.

        Where nothing is expected, whether both have the same score.
        """
        if same(one, other):
            return True
        if self.name != FUNCTION and not self.wrong_expected(None, given=False):
            scores = [await self.score(answer, None, embed) for answer in (one, other)]
            return scores[0].value == scores[1].value
        for answer, like in ((one, other), (other, one)):
            try:
                expected = self._as_expected(like)
            except (CannotScore, RecursionError):
                return False
            if self.wrong_expected(expected):
                return False
            if (await self.score(answer, expected, embed)).value < RIGHT:
                return False
        return True

    def _as_expected(self, answer: object) -> object:
        told = getattr(module(self.name), "as_expected", None)
        return told(answer, self.options) if told else answer


def names() -> tuple[str, ...]:
    """Every scorer there is, sorted."""
    return tuple(sorted(name for _, name, package in pkgutil.iter_modules(__path__) if not package))


def module(name: str) -> ModuleType:
    """The module of a scorer. Raises `KeyError`."""
    if name not in names():
        raise KeyError(name)
    return importlib.import_module(f"{__name__}.{name}")


def parse(written: object) -> Choice:
    """What ``contains``, ``{"numeric": {"tolerance": 0.01}}`` or ``checks:grade`` mean.

    Of a function of the user's own the options are its keyword arguments. Raises `WrongScorer`.
    """
    word, options = written, {}
    path: tuple[str, ...] = ()
    if isinstance(written, Mapping):
        if len(written) != 1:
            like = "Write it like `{numeric: {tolerance: 0.01}}`."
            raise WrongScorer("must be one scorer with its options", like)
        ((word, given),) = written.items()
        if not isinstance(given, Mapping):
            like = f"Write it like `{{{word}: {{…}}}}`, or `{word}` alone."
            raise WrongScorer("its options are no mapping", like, (str(word),))
        options, path = dict(given), (str(word),)
    if not isinstance(word, str):
        raise WrongScorer("must be the name of a scorer", f"One of {', '.join(names())}.")
    if ":" in word:
        arguments = {"arguments": options} if options else {}
        return _checked(Choice(FUNCTION, {"call": word, **arguments}), path)
    if word not in names():
        meant = nearest(word, names())
        step = f"Did you mean {meant}?" if meant else f"There are {', '.join(names())}."
        raise WrongScorer(f"no scorer is named `{word}`", step)
    return _checked(Choice(word, options), path)


def named(name: str, options: Mapping[str, Any] | None = None, folder: Path = Path()) -> Scorer:
    """The scorer of this word, ready to score; ``folder`` is that of the stack file.

    Raises `WrongScorer`, and `ArgosyError` where a package or the user's own function is missing.
    """
    choice = _checked(Choice(name, dict(options or {})), (name,))
    prepare = getattr(module(name), "prepare", None)
    return Scorer(name, prepare(choice.options, folder) if prepare else choice.options)


def _checked(choice: Choice, path: tuple[str, ...]) -> Choice:
    told = module(choice.name)
    known: Mapping[str, Option] = told.OPTIONS
    for key, value in choice.options.items():
        if key not in known:
            meant = nearest(key, tuple(known))
            step = f"Did you mean {meant}?" if meant else _known(known)
            raise WrongScorer(f"the scorer {choice.name} has no such option", step, (*path, key))
        if wrong := known[key].wrong(value):
            raise WrongScorer(wrong, path=(*path, key))
    check = getattr(told, "wrong_options", None)
    if check and (wrong := check(choice.options)):
        raise WrongScorer(wrong, path=path)
    return choice


def _known(known: Mapping[str, Option]) -> str:
    return f"It has {', '.join(known)}." if known else "It has none."


def _bounded(value: object) -> Score:
    if not isinstance(value, int | float) or not math.isfinite(value) or not 0 <= value <= 1:
        return Score(0.0, f"the score must be a number from 0 to 1, not {value!r:.100}")
    return Score(float(value))


async def _vectors(
    texts: Sequence[str], embed: Embed | None
) -> tuple[Sequence[float], Sequence[Sequence[float]]]:
    if embed is None:
        raise CannotScore("no model is there to make embeddings")
    try:
        first, *rest = await embed(texts)
    except Exception as error:
        raise CannotScore(f"no embeddings: {type(error).__name__}: {error}") from error
    return first, rest


async def _beside(call: Callable[[], Any], seconds: float) -> Any:
    """What ``call`` returns, from a thread of its own: one that hangs must not keep the others.

    A thread cannot be ended. One that is still busy is left alone; the program does not wait for
    it when it ends.
    """
    loop = asyncio.get_running_loop()
    done: asyncio.Future[Any] = loop.create_future()

    def settle(value: object, error: BaseException | None) -> None:
        if done.done():
            return
        if error is None:
            done.set_result(value)
        else:
            done.set_exception(error)

    def run() -> None:
        value, wrong = None, None
        try:
            value = call()
        except CannotScore as error:
            wrong = error
        except BaseException as error:  # noqa: BLE001  the user's code may raise anything, exits too
            wrong = CannotScore(f"{type(error).__name__}: {error}")
        if not loop.is_closed():
            loop.call_soon_threadsafe(settle, value, wrong)

    threading.Thread(target=run, name="scorer", daemon=True).start()
    try:
        return await asyncio.wait_for(done, seconds)
    except TimeoutError:
        raise CannotScore(f"the scorer took longer than {seconds:g} s") from None
