"""Asking a model's first revision its suite: there is none before it to be compared with.

What it answered is told, and held against the accuracy that the stack file wants, if it wants any.
Replicas are asked directly, in the background, and traffic goes first.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from argosy.errors import ArgosyError
from argosy.plan.state import FirstAnswers
from argosy.platforms.platform import Platform
from argosy.probe.asking import CannotAnswer
from argosy.rollout.accuracy import told
from argosy.rollout.probing import ProbeResult, run
from argosy.stack.model import Probe, Stack
from argosy.stack.revision import Revision
from argosy.supervisor.probing import kept_suites
from argosy.supervisor.probing.embedding import EMBEDDING
from argosy.supervisor.store import Store

QUARTERS = 4  # how often it is said how far it is
AGAIN_SECONDS = 0.5  # until one looks again for a replica that is ready
TRIES = 3  # where replicas end while they are asked
log = logging.getLogger("argosy.supervisor")

Say = Callable[[str, str], None]
"""A model's name, and what is being done for it; empty when it is done."""


class AskingFirst:
    """At most one revision of a model is asked. What it answered is written into the store."""

    def __init__(self, store: Store, platform: Platform, state: Path, say: Say) -> None:
        self._store = store
        self._platform = platform
        self._state = state
        self._say = say
        self._tasks: dict[str, tuple[int, asyncio.Task[None]]] = {}

    def start(self, revision: Revision) -> None:
        """Begin, unless it runs."""
        name = revision.model.name
        if self.runs(name, revision.number):
            return
        if name in self._tasks:
            self._tasks[name][1].cancel()
        task = asyncio.create_task(self._ask(revision))
        self._tasks[name] = (revision.number, task)

    def runs(self, model: str, number: int) -> bool:
        """Whether this revision is being asked."""
        return self._tasks.get(model, (0,))[0] == number

    async def stop(self) -> None:
        """Leave off; who comes after asks again, unless the revision serves by then."""
        tasks = [task for _, task in self._tasks.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _ask(self, revision: Revision) -> None:
        name = revision.model.name
        try:
            answers = _judged(await self._result(revision))
        except asyncio.CancelledError:
            raise
        except (ArgosyError, CannotAnswer, OSError) as error:
            answers = self._not_asked(revision, str(error))
        except Exception as error:
            log.exception("a first revision could not be asked, by a fault of Argosy's own")
            fault = f"a fault of Argosy's own: {error!r}; see supervisor.log"
            answers = self._not_asked(revision, fault)
        if self.runs(name, revision.number):
            del self._tasks[name]
            if self._is_up():  # else its replicas were taken away, which says nothing of it
                self._store.put_first_answers(revision, answers)
            self._say(name, "")

    async def _result(self, revision: Revision) -> ProbeResult:
        """What is lost with a replica that ends meanwhile says little of the answers."""
        for _ in range(TRIES):
            name, number = revision.model.name, revision.number
            asked = await self._ready(name, revision.model.start_timeout, number)
            result = await self._run(revision, asked)
            if result.is_enough or set(asked) <= set(self._addresses(name, number)):
                break
        return result

    async def _run(self, revision: Revision, addresses: list[str]) -> ProbeResult:
        model = revision.model.name
        probe = self._probe(model)
        kept = replace(probe, suite=kept_suites.kept(self._state, model, probe))
        embedders: list[str] = []
        if probe.scorer.name == EMBEDDING:
            vectors = self._stack().model(str(probe.scorer.options["model"]))
            embedders = await self._ready(vectors.name, vectors.start_timeout)
        what = "serves, and is asked its suite" if probe.accuracy is None else "is asked its suite"

        def tell(done: int, total: int) -> None:
            if done * QUARTERS // total > (done - 1) * QUARTERS // total:
                self._say(model, f"r{revision.number} {what}, {done} of {total}")

        return await run(revision.model, kept, addresses, self._stack().folder, tell, embedders)

    async def _ready(self, model: str, patience: float, number: int | None = None) -> list[str]:
        """Addresses of a model that may be starting at this moment. Raises `ArgosyError`."""
        deadline = time.monotonic() + patience
        while not (found := self._addresses(model, number)):
            if time.monotonic() > deadline or not self._is_up():
                raise ArgosyError(f"{model} has no replica that is ready")
            await asyncio.sleep(AGAIN_SECONDS)
        return found

    def _addresses(self, model: str, number: int | None = None) -> list[str]:
        return [
            one.endpoint or one.address
            for one in self._platform.observe()
            if one.model == model and number in {None, one.revision} and one.state == "ready"
        ]

    def _not_asked(self, revision: Revision, reason: str) -> FirstAnswers:
        """Where an accuracy is wanted, what is not known is not good enough."""
        said = f"its suite could not be asked: {reason}"
        probe = self._probes().get(revision.model.name)
        is_wanted = probe is not None and probe.accuracy is not None
        return FirstAnswers("refused" if is_wanted else "accepted", said)

    def _probe(self, model: str) -> Probe:
        probe = self._probes().get(model)
        if probe is None:
            raise ArgosyError("the stack file has no `probe` of it any more")
        return probe

    def _probes(self) -> dict[str, Probe | None]:
        """As the stack file has them now, by model."""
        return {one.name: one.probe for one in self._stack().models}

    def _is_up(self) -> bool:
        declared = self._store.declared()
        return declared is not None and declared[1]

    def _stack(self) -> Stack:
        declared = self._store.declared()
        assert declared
        return declared[0]


def _judged(result: ProbeResult) -> FirstAnswers:
    said = f"accuracy {told(result.accuracy)}"
    if result.is_enough:
        return FirstAnswers("accepted", said)
    worst = result.failures[0]
    example = worst.reason or f"{worst.item_id} scores {worst.score:g}"
    return FirstAnswers(
        "refused",
        f"{said} is below the {result.wanted:g} of `probe.accuracy`; the worst: {example}",
    )
