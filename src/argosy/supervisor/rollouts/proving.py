"""Proving a revision: its suite is put to it and to the one that serves, in the background.

Replicas are asked directly, never through the gateway, and yield to traffic. What was answered is
kept beside the state, so that a verdict can be looked into and replayed. In a dip the one that
serves is asked alone, before it stops, and the other later, alone too: the same pairs come of it.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import time
from collections.abc import AsyncGenerator, Callable, Coroutine, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, TextIO

from argosy import scorers
from argosy.errors import ArgosyError
from argosy.plan.state import Verdict
from argosy.platforms.platform import Platform, Replica
from argosy.probe import suite as suites
from argosy.probe.asking import in_order
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
from argosy.supervisor.probing.embedding import Embedder
from argosy.supervisor.rollouts.side import LOST_SECONDS, Seen, Side, speaking
from argosy.supervisor.rollouts.stored import StoredRollout, answers_file, baseline_file
from argosy.supervisor.store import Store

SHOW_SECONDS = 0.5  # between two looks at the evidence that people see
log = logging.getLogger("argosy.supervisor")


@dataclass(frozen=True)
class Verdicts:
    """What came of it. ``decision`` is empty where nothing could be asked."""

    verdict: Verdict
    reason: str
    decision: Mapping[str, Any]


@dataclass(frozen=True)
class Questions:
    """What a gate asks, and how it scores the answers."""

    items: tuple[Item, ...]
    probe: Probe
    scorer: Scorer
    embed: Embed | None


class Proving:
    """At most one gate per model runs. The verdict is written into the stored rollout.

    ``seen`` adds to replicas what their own probes have found. A revision that serves may have none
    for ``lost_seconds``.
    """

    def __init__(
        self,
        store: Store,
        platform: Platform,
        state: Path,
        on_change: Callable[[], None],
        *,
        seen: Seen,
        embedder: Embedder,
        lost_seconds: float = LOST_SECONDS,
    ) -> None:
        self._store = store
        self._platform = platform
        self._state = state
        self._on_change = on_change
        self._seen = seen
        self._embedder = embedder
        self._lost_seconds = lost_seconds
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._asking_before: set[str] = set()
        self._decisions: dict[str, Decision] = {}

    def start(self, rollout: StoredRollout, revision: Revision, before: Revision) -> None:
        """Begin, unless it runs."""
        if rollout.model not in self._tasks:
            self._keep(rollout.model, self._prove(rollout, revision, before))

    def start_asking(self, rollout: StoredRollout, before: Revision) -> None:
        """Begin to ask the one that serves alone, unless that runs."""
        if rollout.model not in self._tasks:
            self._asking_before.add(rollout.model)
            self._keep(rollout.model, self._ask_before(rollout, before))

    def asks_before(self, model: str) -> bool:
        """Whether the one of this model that serves is asked alone."""
        return model in self._asking_before

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

    def _keep(self, model: str, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks[model] = task
        task.add_done_callback(lambda _: self._ended(model, task))

    def _ended(self, model: str, task: asyncio.Task[None]) -> None:
        if self._tasks.get(model) is task:
            del self._tasks[model]
            self._asking_before.discard(model)
            self._decisions.pop(model, None)
            self._on_change()

    async def _ask_before(self, rollout: StoredRollout, before: Revision) -> None:
        """Where it cannot be asked the rollout pauses, and it goes on serving."""
        file, fault = baseline_file(self._state, rollout), ""
        try:
            questions = await self._questions(rollout)
            asked = self._asked(questions, (before,))
            with _written(file) as answers:
                async with contextlib.aclosing(asked):
                    async for _, (old,) in asked:
                        answers.write(json.dumps(asdict(old), ensure_ascii=False) + "\n")
        except (ArgosyError, OSError) as error:
            fault = str(error)
        except Exception as error:
            log.exception("questions failed by a fault of Argosy's own")
            fault = f"a fault of Argosy's own: {error!r}; see supervisor.log"
        current = self._store.rollout(rollout.model)
        if current is None or current.id != rollout.id:
            return
        if fault and (current.forced or current.down_since is not None):
            return  # nobody waits for its answers any more
        if fault:
            self._store.put_rollout(replace(current, paused=True, reason=fault))
        else:
            self._store.put_rollout(replace(current, baseline=str(file), reason=""))

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
            pauses = found.verdict == "inconclusive" and current.down_since is None
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
        questions = await self._questions(rollout)
        items, gate = questions.items, Gate.of(self._stack().model(rollout.model).rollout)
        heaviest = max(item.weight for item in items)
        pairs: list[Pair] = []
        evidence, shown_at = Evidence(gate.margin), time.monotonic()
        with _written(answers_file(self._state, rollout)) as answers:
            async with contextlib.aclosing(
                self._pairs(rollout, questions, before, revision)
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

    async def _questions(self, rollout: StoredRollout) -> Questions:
        """What is asked, in the order that the rollout's seed gives; noted with the rollout."""
        stack = self._stack()
        probe = stack.model(rollout.model).probe
        assert probe
        scorer = await asyncio.to_thread(
            scorers.named, probe.scorer.name, probe.scorer.options, stack.folder
        )
        suite = await asyncio.to_thread(self._suite, rollout, probe, scorer)
        current = self._store.rollout(rollout.model)
        if current is not None and current.id == rollout.id and str(suite.file) != current.suite:
            self._store.put_rollout(replace(current, suite=str(suite.file)))
        by_id = {item.id: item for item in suite.items}
        items = tuple(by_id[one] for one in shuffled(by_id, rollout.seed))
        return Questions(items, probe, scorer, self._embedder(probe))

    async def _pairs(
        self, rollout: StoredRollout, questions: Questions, before: Revision, revision: Revision
    ) -> AsyncGenerator[tuple[Item, Scored, Scored]]:
        """Both answers to each item; where one was asked before it stopped, its kept one."""
        kept = await asyncio.to_thread(_kept, rollout)
        revisions = (revision,) if kept else (before, revision)
        asked = self._asked(questions, revisions, new=revision)
        async with contextlib.aclosing(asked):
            async for item, scored in asked:
                yield item, kept[item.id] if kept else scored[0], scored[-1]

    async def _asked(
        self, questions: Questions, revisions: Sequence[Revision], new: Revision | None = None
    ) -> AsyncGenerator[tuple[Item, tuple[Scored, ...]]]:
        """Each item in its order, with what every one of the revisions got for it."""
        probe, scorer, embed = questions.probe, questions.scorer, questions.embed
        async with contextlib.AsyncExitStack() as open_askers:
            sides = [
                await open_askers.enter_async_context(
                    Side(
                        self._replicas,
                        one,
                        probe,
                        is_new=one is new,
                        lost_seconds=self._lost_seconds,
                    )
                )
                for one in revisions
            ]

            async def ask_all(item: Item) -> tuple[Item, tuple[Scored, ...]]:
                scores = (score_one(item, one.ask, scorer, probe.repeats, embed) for one in sides)
                return item, tuple(await asyncio.gather(*scores))

            answered = in_order(questions.items, ask_all, probe.concurrency)
            try:
                async for one in answered:
                    yield one
            finally:
                await answered.aclose()

    def _replicas(self) -> Sequence[Replica]:
        found = self._platform.observe()
        return speaking(found, self._seen(found))

    def _stack(self) -> Stack:
        declared = self._store.declared()
        assert declared
        return declared[0]


@contextlib.contextmanager
def _written(file: Path) -> Iterator[TextIO]:
    """A file of answers, begun anew."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w") as answers:
        yield answers


def _kept(rollout: StoredRollout) -> dict[str, Scored]:
    """What the one before has answered before it stopped, by item; empty where it was not asked.

    Raises `OSError`.
    """
    if not rollout.baseline:
        return {}
    with Path(rollout.baseline).open() as lines:
        told = [json.loads(line) for line in lines]
    return {one["item_id"]: Scored(**{**one, "tags": tuple(one["tags"])}) for one in told}


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
