"""Proving a revision: its suite is put to it and to the one that serves, in the background.

Replicas are asked directly, never through the gateway, and yield to traffic. What was answered is
kept beside the state, so that a verdict can be looked into and replayed.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import time
from collections.abc import AsyncGenerator, Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Self, TextIO

from argosy import scorers
from argosy.errors import ArgosyError
from argosy.plan.state import Verdict
from argosy.platforms.platform import Platform, Replica
from argosy.probe import suite as suites
from argosy.probe.asking import Answer, Asker, in_order
from argosy.probe.item import Item
from argosy.rollout.comparison import Pair
from argosy.rollout.evidence import Evidence
from argosy.rollout.gate import Decision, Gate, decide
from argosy.rollout.order import shuffled
from argosy.rollout.scoring import Scored, score_one
from argosy.scorers import Embed, Scorer
from argosy.stack.model import Probe, Stack
from argosy.stack.revision import Revision
from argosy.supervisor.probing import kept_suites
from argosy.supervisor.probing.embedding import embedder
from argosy.supervisor.rollouts.stored import StoredRollout, answers_file
from argosy.supervisor.store import Store

SHOW_SECONDS = 0.5  # between two looks at the evidence that people see
LOST_SECONDS = 30.0  # that a revision may have no replica that answers
log = logging.getLogger("argosy.supervisor")


@dataclass(frozen=True)
class Verdicts:
    """What came of it. ``decision`` is empty where nothing could be asked."""

    verdict: Verdict
    reason: str
    decision: Mapping[str, Any]


class Lost(ArgosyError):
    """A revision has had no replica that answers for too long."""


class Proving:
    """At most one gate per model runs. The verdict is written into the stored rollout."""

    def __init__(
        self, store: Store, platform: Platform, state: Path, on_change: Callable[[], None]
    ) -> None:
        self._store = store
        self._platform = platform
        self._state = state
        self._on_change = on_change
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._decisions: dict[str, Decision] = {}

    def start(self, rollout: StoredRollout, revision: Revision, before: Revision) -> None:
        """Begin, unless it runs."""
        if rollout.model not in self._tasks:
            task = asyncio.create_task(self._prove(rollout, revision, before))
            self._tasks[rollout.model] = task
            task.add_done_callback(lambda _: self._ended(rollout.model, task))

    def runs(self, model: str) -> bool:
        """Whether one of this model does."""
        return model in self._tasks

    def decision(self, model: str) -> Mapping[str, Any]:
        """What is known so far, as data; empty where nothing runs."""
        found = self._decisions.get(model)
        return found.as_data() if found else {}

    def leave(self, model: str) -> None:
        """Its verdict no longer matters."""
        if task := self._tasks.get(model):
            task.cancel()

    async def stop(self) -> None:
        """Leave off; who comes after begins anew, in the same order."""
        tasks = list(self._tasks.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _ended(self, model: str, task: asyncio.Task[None]) -> None:
        if self._tasks.get(model) is task:
            del self._tasks[model]
            self._decisions.pop(model, None)
            self._on_change()

    async def _prove(self, rollout: StoredRollout, revision: Revision, before: Revision) -> None:
        try:
            found = await self._judge(rollout, revision, before)
        except (ArgosyError, OSError) as error:
            found = Verdicts("inconclusive", str(error), self.decision(rollout.model))
        except Exception as error:
            log.exception("a gate failed by a fault of Argosy's own")
            reason = f"a fault of Argosy's own: {error!r}; see supervisor.log"
            found = Verdicts("inconclusive", reason, {})
        current = self._store.rollout(rollout.model)
        if current is not None and current.id == rollout.id and not current.verdict:
            pauses = found.verdict == "inconclusive"
            self._store.put_rollout(
                replace(
                    current,
                    verdict=found.verdict,
                    reason=found.reason,
                    decision=found.decision,
                    paused=current.paused or pauses,
                )
            )

    async def _judge(
        self, rollout: StoredRollout, revision: Revision, before: Revision
    ) -> Verdicts:
        stack = self._stack()
        model = stack.model(rollout.model)
        probe, settings = model.probe, model.rollout
        assert probe
        scorer = await asyncio.to_thread(
            scorers.named, probe.scorer.name, probe.scorer.options, stack.folder
        )
        suite = await asyncio.to_thread(self._suite, rollout, probe, scorer)
        if str(suite.file) != rollout.suite:
            self._store.put_rollout(replace(rollout, suite=str(suite.file)))
        embed = embedder(self._platform, probe)
        gate = Gate.of(settings)
        by_id = {item.id: item for item in suite.items}
        items = [by_id[one] for one in shuffled(by_id, rollout.seed)]
        heaviest = max(item.weight for item in items)
        pairs: list[Pair] = []
        evidence, shown_at = Evidence(settings.margin), time.monotonic()
        with self._answers(rollout) as answers:
            async with contextlib.aclosing(
                self._asked(items, probe, scorer, embed, (before, revision))
            ) as asked:
                async for item, old, new in asked:
                    pairs.append(
                        Pair(item.id, old.score, new.score, item.tags, item.weight / heaviest)
                    )
                    answers.write(_line(pairs[-1], old, new))
                    evidence.add(pairs[-1].difference, pairs[-1].weight)
                    decisive = max(evidence.e, evidence.f) >= gate.enough
                    if decisive or time.monotonic() - shown_at > SHOW_SECONDS:
                        decision = await asyncio.to_thread(
                            decide, gate, tuple(pairs), len(items), rollout.seed
                        )
                        shown_at = time.monotonic()
                        self._decisions[rollout.model] = decision
                        self._on_change()
                        if decision.verdict != "continue":
                            break
        decision = decide(gate, pairs, len(items), rollout.seed)
        return Verdicts(_verdict(decision), decision.reason, decision.as_data())

    def _suite(self, rollout: StoredRollout, probe: Probe, scorer: Scorer) -> suites.Suite:
        """The copy that `up` made; a supervisor that comes after takes the same."""
        if rollout.suite and Path(rollout.suite).exists():
            return suites.read(Path(rollout.suite), scorer)
        return suites.read(kept_suites.kept(self._state, rollout.model, probe), scorer)

    @contextlib.contextmanager
    def _answers(self, rollout: StoredRollout) -> Iterator[TextIO]:
        """The file of what both have answered."""
        file = answers_file(self._state, rollout)
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("w") as answers:
            yield answers

    async def _asked(
        self,
        items: list[Item],
        probe: Probe,
        scorer: Scorer,
        embed: Embed | None,
        revisions: tuple[Revision, Revision],
    ) -> AsyncGenerator[tuple[Item, Scored, Scored]]:
        async with contextlib.AsyncExitStack() as open_askers:
            sides = [
                await open_askers.enter_async_context(
                    _Side(self._platform, one, probe, is_new=one is revisions[1])
                )
                for one in revisions
            ]

            async def ask_both(item: Item) -> tuple[Item, Scored, Scored]:
                old, new = await asyncio.gather(
                    *(score_one(item, side.ask, scorer, probe.repeats, embed) for side in sides)
                )
                return item, old, new

            pairs = in_order(items, ask_both, probe.concurrency)
            try:
                async for one in pairs:
                    yield one
            finally:
                await pairs.aclose()

    def _stack(self) -> Stack:
        declared = self._store.declared()
        assert declared
        return declared[0]


class _Side:
    """One revision, asked at whichever replica of it is ready.

    That none is counts against a new revision, as every answer that does not come in time. Of the
    old one it says nothing, so it is waited for.
    """

    def __init__(
        self, platform: Platform, revision: Revision, probe: Probe, *, is_new: bool
    ) -> None:
        self._is_new = is_new
        self._platform = platform
        self._revision = revision
        self._probe = probe
        self._askers: dict[str, Asker] = {}
        self._turn = 0

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        for asker in self._askers.values():
            await asker.__aexit__(None, None, None)

    async def ask(self, item: Item, repeat: int) -> Answer:
        """An answer that is lost with its replica is asked of the next one. Raises `Lost`."""
        patience = self._probe.timeout if self._is_new else LOST_SECONDS
        deadline = time.monotonic() + patience
        while True:
            if asker := self._asker():
                answer = await asker.ask(item, repeat)
                if not answer.lost:
                    return answer
            if time.monotonic() > deadline and self._is_new:
                return Answer(item.id, reason=f"no replica that answers within {patience:g} s")
            if time.monotonic() > deadline:
                raise Lost(f"{self._revision.name} has no replica that answers")
            await asyncio.sleep(0.1)

    def _asker(self) -> Asker | None:
        ready = [one for one in self._platform.observe() if self._is_ours(one)]
        if not ready:
            return None
        self._turn += 1
        address = ready[self._turn % len(ready)].endpoint or ready[self._turn % len(ready)].address
        if address not in self._askers:
            self._askers[address] = Asker(
                address,
                self._revision.model.name,
                timeout=self._probe.timeout,
                concurrency=self._probe.concurrency,
                seed=self._probe.seed,
            )
        return self._askers[address]

    def _is_ours(self, replica: Replica) -> bool:
        ours = (self._revision.model.name, self._revision.number)
        return (replica.model, replica.revision) == ours and replica.state == "ready"


def _line(pair: Pair, old: Scored, new: Scored) -> str:
    """``weight`` is the pair's: with the scores and tags of both, all that a verdict rests on."""
    told = {
        "item": pair.item,
        "weight": pair.weight,
        "before": asdict(old),
        "after": asdict(new),
    }
    return json.dumps(told, ensure_ascii=False) + "\n"


def _verdict(decision: Decision) -> Verdict:
    assert decision.verdict != "continue"
    return decision.verdict
