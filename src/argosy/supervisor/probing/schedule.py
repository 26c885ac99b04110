"""Probes that run: every so often each replica that serves is asked a sample of its suite.

Replicas are asked directly, one after the other, and traffic goes first. What was found shows in
what is observed of them; `reconcile` draws the consequences.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from argosy import scorers
from argosy.errors import ArgosyError
from argosy.plan.state import Desired, Observed
from argosy.platforms.platform import Platform, Replica
from argosy.probe import suite as suites
from argosy.probe.asking import Answer, Asker, CannotAnswer
from argosy.probe.item import Item
from argosy.probe.suite import Suite
from argosy.rollout.accuracy import accuracy
from argosy.rollout.scoring import Scored, score_all
from argosy.scorers import Scorer
from argosy.stack.model import Probe
from argosy.stack.revision import Revision
from argosy.supervisor.probing import kept_suites
from argosy.supervisor.probing.embedding import Embedder
from argosy.supervisor.probing.findings import Finding, Scores, fault, seen

AGAIN_SECONDS = 5.0  # until one that has not answered is asked again, if that is sooner
log = logging.getLogger("argosy.supervisor")


@dataclass(frozen=True)
class Asked:
    """Who is asked what: ``suite`` is the kept copy, ``folder`` that of the stack file."""

    revision: Revision
    probe: Probe
    suite: Path
    folder: Path


class Probes:
    """Asks what serves, in the background, a task per model."""

    def __init__(
        self,
        platform: Platform,
        state: Path,
        on_change: Callable[[], None],
        embedder: Embedder = lambda _: None,
    ) -> None:
        self._platform = platform
        self._embedder = embedder
        self._folder = state / "probes"
        self._state = state
        self._on_change = on_change
        self._rounds: dict[str, Rounds] = {}

    def attend(self, desired: Desired, observed: Observed, folder: Path) -> None:
        """Ask whoever serves now. ``folder`` is the stack file's."""
        wanted = dict(self._wanted(desired, observed, folder))
        for name, rounds in list(self._rounds.items()):
            if wanted.get(name) != rounds.asked:
                rounds.leave()
                del self._rounds[name]
        for name, asked in wanted.items():
            if name not in self._rounds:
                self._rounds[name] = Rounds(
                    asked, self._platform, self._folder, self._on_change, self._embedder
                )
            self._rounds[name].wake()

    def seen(self, replicas: Sequence[Replica]) -> list[Replica]:
        """The same with what is known of their answers; see `findings.seen`."""
        known: dict[str, Replica] = {}
        for rounds in self._rounds.values():
            own = [one for one in replicas if rounds.concerns(one)]
            known |= {one.name: one for one in seen(own, rounds.findings, time.time())}
        return [known.get(one.name, one) for one in replicas]

    async def stop(self) -> None:
        """Leave off."""
        left = [rounds.leave() for rounds in self._rounds.values()]
        await asyncio.gather(*left, return_exceptions=True)

    def _wanted(
        self, desired: Desired, observed: Observed, folder: Path
    ) -> Iterator[tuple[str, Asked]]:
        for name, target in desired.targets.items() if desired.up else ():
            model, probe = observed.models.get(name), target.model.probe
            if model is None or model.serving is None or probe is None or not probe.every:
                continue
            if serving := model.revisions.get(model.serving):
                suite = kept_suites.kept(self._state, name, probe)
                yield name, Asked(serving.revision, probe, suite, folder)


@dataclass
class _LastAsked:
    run: float
    at: float  # monotonic
    pause: float


@dataclass
class Rounds:
    """Asks the replicas of one revision, as soon as they are ready and then ever again."""

    asked: Asked
    _platform: Platform
    _folder: Path
    _on_change: Callable[[], None]
    _embedder: Embedder
    findings: dict[str, Finding] = field(default_factory=dict)
    _last: dict[str, _LastAsked] = field(default_factory=dict)
    _first: Scores = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._woken = asyncio.Event()
        self._task = asyncio.create_task(self._run())

    def concerns(self, replica: Replica) -> bool:
        """Whether it is one of this revision."""
        revision = self.asked.revision
        return (replica.model, replica.revision) == (revision.model.name, revision.number)

    def wake(self) -> None:
        """Replicas have changed."""
        self._woken.set()

    def leave(self) -> asyncio.Task[None]:
        """Ask no more; done when nothing is under way."""
        self._task.cancel()
        return self._task

    async def _run(self) -> None:
        name = self.asked.revision.model.name
        while True:
            try:
                await self._ask_for_ever()
            except (ArgosyError, CannotAnswer, OSError) as error:
                log.warning("%s cannot be probed: %s", name, error)
            except Exception:
                log.exception("probing %s failed by a fault of Argosy's own", name)
            await asyncio.sleep(self._every)

    async def _ask_for_ever(self) -> None:
        scorer, sample = await asyncio.to_thread(self._read)
        self._first = self._read_first(sample)
        while True:
            self._woken.clear()
            for replica in self._due():
                await self._ask(replica, scorer, sample)
            try:
                await asyncio.wait_for(self._woken.wait(), self._until_due())
            except TimeoutError:
                self._on_change()  # it may be a replica's turn to be started anew

    def _read(self) -> tuple[Scorer, Suite]:
        probe = self.asked.probe
        scorer = scorers.named(probe.scorer.name, probe.scorer.options, self.asked.folder)
        return scorer, suites.read(self.asked.suite, scorer).sample(probe.items, probe.seed)

    def _due(self) -> list[Replica]:
        return [one for one in self._ready() if self._wait_for(one) <= 0]

    def _ready(self) -> list[Replica]:
        return [
            one for one in self._platform.observe() if self.concerns(one) and one.state == "ready"
        ]

    def _wait_for(self, replica: Replica) -> float:
        last = self._last.get(replica.name)
        if last is None or last.run != replica.started_at:
            return 0
        return last.at + last.pause - time.monotonic()

    def _until_due(self) -> float:
        waits = [self._wait_for(one) for one in self._ready()]
        now = time.time()
        waits += [one.replace_at - now for one in self.findings.values() if one.replace_at > now]
        return max(0.01, min(waits, default=self._every))

    @property
    def _every(self) -> float:
        assert self.asked.probe.every
        return self.asked.probe.every

    async def _ask(self, replica: Replica, scorer: Scorer, sample: Suite) -> None:
        """Once, and once more to be sure before anything is held against it."""
        began = time.monotonic()
        wanted, count = self.asked.probe.accuracy, len(sample.items)
        scored = await self._round(replica, scorer, sample, 0)
        found = fault(scored, count, wanted, self._first)
        if found:
            scored = await self._round(replica, scorer, sample, 1)
            found = fault(scored, count, wanted, self._first)
        told = 2 * len(scored) >= count
        pause = self._every if told else min(self._every, AGAIN_SECONDS)
        self._last[replica.name] = _LastAsked(replica.started_at, began, pause)
        if not told:
            log.warning("%s has answered %d of %d probes", replica.name, len(scored), count)
        elif any(one.started_at == replica.started_at for one in self._ready()):
            self._take(replica, scored, found, sample)

    def _take(self, replica: Replica, scored: list[Scored], found: str, sample: Suite) -> None:
        self._keep_first(scored, sample)
        before = self.findings.get(replica.name)
        finding = Finding(replica.started_at, accuracy(scored).mean, time.time(), found)
        self.findings[replica.name] = finding.follows(before)
        if found:
            log.error("%s: %s", replica.name, found)
            failed = {name for name, one in self.findings.items() if one.fault}
            if all(one.name in failed for one in self._ready()):
                log.error("no replica of %s passes its probe", self.asked.revision.name)
        elif before is not None and before.fault:
            log.info("%s passes its probe again", replica.name)
        self._on_change()

    async def _round(
        self, replica: Replica, scorer: Scorer, sample: Suite, number: int
    ) -> list[Scored]:
        """What was answered; what came too late or not at all says nothing of the model."""
        probe = self.asked.probe
        silent: set[str] = set()
        asker = Asker(
            replica.endpoint or replica.address,
            replica.model,
            timeout=probe.timeout,
            concurrency=probe.concurrency,
            seed=probe.seed + number * probe.repeats,
        )

        async def ask(item: Item, repeat: int) -> Answer:
            answer = await asker.ask(item, repeat)
            if answer.lost or answer.late:
                silent.add(item.id)
            return answer

        embed = self._embedder(probe)
        async with (
            asker,
            contextlib.aclosing(
                score_all(
                    sample.items,
                    ask,
                    scorer,
                    probe.repeats,
                    concurrency=probe.concurrency,
                    embed=embed,
                )
            ) as all_scored,
        ):
            return [one async for one in all_scored if one.item_id not in silent]

    def _keep_first(self, scored: list[Scored], sample: Suite) -> None:
        """What later answers are compared with, where no accuracy is wanted."""
        if self.asked.probe.accuracy is None and not self._first:
            self._first = {one.item_id: one.score for one in scored}
            kept = {"asked": self._question(sample), "scores": self._first}
            self._first_file.parent.mkdir(parents=True, exist_ok=True)
            self._first_file.write_text(json.dumps(kept))

    def _read_first(self, sample: Suite) -> Scores:
        with contextlib.suppress(OSError, ValueError, KeyError):
            kept = json.loads(self._first_file.read_text())
            if kept["asked"] == self._question(sample):
                return {str(name): float(score) for name, score in kept["scores"].items()}
        return {}

    @property
    def _first_file(self) -> Path:
        return self._folder / f"{self.asked.revision.name}.json"

    def _question(self, sample: Suite) -> str:
        """What the answers depend on, beside the model."""
        probe = self.asked.probe
        parts = (sample.digest, probe.scorer, probe.items, probe.seed, probe.repeats)
        return hashlib.sha256(repr(parts).encode()).hexdigest()
