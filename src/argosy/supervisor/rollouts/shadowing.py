"""Shadow traffic: what both revisions answer to copied requests is compared, in the background.

The gateway tells of the answers and waits for nothing. Neither does memory grow with the traffic:
what comes faster than it is compared is left out, and counted.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections import Counter, OrderedDict
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from argosy import scorers
from argosy.errors import ArgosyError
from argosy.gateway.recordings import Recorded, Recordings
from argosy.rollout.agreement import judge
from argosy.rollout.copies import compare
from argosy.rollout.sample_size import fewest
from argosy.scorers import Embed, Scorer
from argosy.stack.model import Model, Probe, Rollout
from argosy.supervisor.rollouts.differing import SUFFIX, Differing
from argosy.supervisor.rollouts.stored import StoredRollout, StoredShadow
from argosy.supervisor.store import Store

MOST_WAITING = 128  # pairs to be compared, of up to 192 KiB; and answers that wait for the other
LOOK_SECONDS = 0.5  # between two looks at the evidence
MOST_A_SECOND = (
    150  # requests that are copied; to be told of each costs the supervisor a millisecond
)
PATIENCE = 10  # times the requests that suffice where all answers agree: then it is given up
log = logging.getLogger("argosy.supervisor")


class Pairs:
    """Joins two answers by their request. Bounded: beyond, the oldest and the latest are lost."""

    def __init__(self, before: int, after: int) -> None:
        """``before`` and ``after`` are the numbers of the revisions."""
        self.lost = 0
        self.heard = 0
        self._before = before
        self._after = after
        self._alone: OrderedDict[str, Recorded] = OrderedDict()
        self._joined: asyncio.Queue[tuple[Recorded, Recorded]] = asyncio.Queue(MOST_WAITING)

    def hear(self, answer: Recorded) -> None:
        """Take an answer in; never blocks."""
        if answer.revision not in {self._before, self._after}:
            return
        self.heard += answer.revision == self._before
        other = self._alone.pop(answer.id, None)
        if other is None or other.revision == answer.revision:  # it was asked again elsewhere
            self._alone[answer.id] = answer
            if len(self._alone) > MOST_WAITING:
                self._alone.popitem(last=False)
                self.lost += 1
            return
        both = (other, answer) if other.revision == self._before else (answer, other)
        try:
            self._joined.put_nowait(both)
        except asyncio.QueueFull:
            self.lost += 1

    async def taken(self) -> list[tuple[Recorded, Recorded]]:
        """All that there are, old and new; waits for the first."""
        found = [await self._joined.get()]
        while not self._joined.empty():
            found.append(self._joined.get_nowait())
        return found


class Shadowing:
    """At most one comparison per model runs. What it finds is written into the stored rollout."""

    def __init__(
        self,
        store: Store,
        recordings: Recordings,
        state: Path,
        on_change: Callable[[], None],
        *,
        embedder: Callable[[Probe], Embed | None],
    ) -> None:
        self._store = store
        self._recordings = recordings
        self._state = state
        self._on_change = on_change
        self._embedder = embedder
        self._tasks: dict[str, tuple[int, asyncio.Task[None]]] = {}
        self._fractions: dict[str, float] = {}  # where all that is wanted would be too much

    def start(self, rollout: StoredRollout) -> None:
        """Begin, or go on from what is stored, unless it runs."""
        if self.runs(rollout):
            return
        self.leave(rollout.model)
        task = asyncio.create_task(self._shadow(rollout))
        self._tasks[rollout.model] = (rollout.id, task)
        task.add_done_callback(lambda _: self._ended(rollout))

    def runs(self, rollout: StoredRollout) -> bool:
        """Whether requests are copied and compared for it."""
        return self._tasks.get(rollout.model, (0,))[0] == rollout.id

    def fraction(self, model: str, wanted: float) -> float:
        """The fraction of the requests that is copied now, ``wanted`` at most."""
        return min(wanted, self._fractions.get(model, wanted))

    def leave(self, model: str) -> None:
        """What would be found no longer matters."""
        if model in self._tasks:
            self._tasks[model][1].cancel()

    async def stop(self) -> None:
        """Leave off; who comes after goes on from what is stored."""
        tasks = [task for _, task in self._tasks.values()]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _ended(self, rollout: StoredRollout) -> None:
        if self.runs(rollout):
            del self._tasks[rollout.model]
            self._fractions.pop(rollout.model, None)
            self._recordings.leave(rollout.model)
            self._on_change()

    async def _shadow(self, rollout: StoredRollout) -> None:
        try:
            await self._compare(rollout)
        except (ArgosyError, OSError) as error:
            self._give_up(rollout, str(error))
        except Exception as error:
            log.exception("shadow traffic failed by a fault of Argosy's own")
            self._give_up(rollout, f"a fault of Argosy's own: {error!r}; see supervisor.log")

    async def _compare(self, rollout: StoredRollout) -> None:
        model, scorer = self._model(rollout.model), await self._scorer(rollout.model)
        settings = model.rollout
        embed = self._embedder(model.probe) if model.probe else None
        pairs = Pairs(rollout.before, rollout.revision)
        self._recordings.listen(rollout.model, pairs.hear)
        known = rollout.shadow or StoredShadow(
            needed(settings), began_at=time.time(), margin=settings.margin
        )
        self._put(rollout, known)
        looked = time.monotonic()
        file = differing_file(self._state, rollout)
        while True:
            joined = await pairs.taken()
            shadow = self._model(rollout.model).rollout.shadow  # as the stack file has it now
            if shadow is None:
                return
            kept = Differing(file, rollout.model, shadow)
            known = await self._more(known, joined, kept, scorer, embed)
            lost, pairs.lost = pairs.lost, 0
            known = replace(known, unpaired=known.unpaired + lost)
            known = judged(known, settings)
            if not self._put(rollout, known) or known.verdict:
                return
            await asyncio.sleep(LOOK_SECONDS)
            rate, looked = pairs.heard / (time.monotonic() - looked), time.monotonic()
            pairs.heard = 0
            self._bound(rollout.model, rate, shadow.fraction)

    def _bound(self, model: str, rate: float, wanted: float) -> None:
        """Copy fewer requests where there are too many a second."""
        if rate > MOST_A_SECOND:
            self._fractions[model] = self.fraction(model, wanted) * MOST_A_SECOND / rate / 2
            self._on_change()

    async def _more(
        self,
        known: StoredShadow,
        pairs: list[tuple[Recorded, Recorded]],
        kept: Differing,
        scorer: Scorer,
        embed: Embed | None,
    ) -> StoredShadow:
        """Count in what has come since the last look."""
        agreeing, differing, left_out = known.agreeing, known.differing, Counter(known.left_out)
        differ: list[tuple[Recorded, Recorded, str]] = []
        for before, after in pairs:
            if agreeing + differing == known.total:
                break
            found = await compare(before, after, scorer, embed)
            agreeing += found.alike is True
            differing += found.alike is False
            if found.alike is None:
                left_out[found.reason.partition(":")[0]] += 1  # what follows is the error's own
            if found.alike is False:
                differ.append((before, after, found.reason))
        if differ:
            await asyncio.to_thread(kept.add, differ)
        return replace(
            known,
            agreeing=agreeing,
            differing=differing,
            left_out=left_out,
            file=str(kept.file) if differ else known.file,
        )

    async def _scorer(self, model_name: str) -> Scorer:
        """The model's own; `exact` where it has no probe."""
        probe, folder = self._model(model_name).probe, self._folder()
        choice = probe.scorer if probe else scorers.Choice("exact")
        return await asyncio.to_thread(scorers.named, choice.name, choice.options, folder)

    def _put(self, rollout: StoredRollout, shadow: StoredShadow) -> bool:
        """Remember it. False once the rollout has ended."""
        current = self._store.rollout(rollout.model)
        if current is None or current.id != rollout.id or current.forced:
            return False
        paused = current.paused or shadow.verdict == "inconclusive"
        reason = shadow.reason if shadow.verdict else current.reason
        self._store.put_rollout(replace(current, shadow=shadow, paused=paused, reason=reason))
        self._on_change()
        return True

    def _give_up(self, rollout: StoredRollout, reason: str) -> None:
        current = self._store.rollout(rollout.model)
        known = (current and current.shadow) or StoredShadow(0)
        self._put(rollout, replace(known, verdict="inconclusive", reason=reason))

    def _model(self, name: str) -> Model:
        declared = self._store.declared()
        assert declared
        return declared[0].model(name)

    def _folder(self) -> Path:
        declared = self._store.declared()
        assert declared
        return declared[0].folder


def needed(settings: Rollout) -> int:
    """After so many pairs it is given up: ten times what suffices where all answers agree."""
    return PATIENCE * fewest(settings.margin, settings.confidence, settings.test)


def judged(shadow: StoredShadow, settings: Rollout) -> StoredShadow:
    """With the verdict on what was compared, if there is one yet."""
    found = judge(
        shadow.agreeing,
        shadow.differing,
        shadow.total,
        settings.margin,
        settings.confidence,
        settings.test,
    )
    return replace(
        shadow,
        verdict="" if found.verdict == "continue" else found.verdict,
        reason=found.reason,
        low=found.rate.low,
        high=found.rate.high,
        differing_at_most=found.differing_at_most,
        margin=settings.margin,
    )


def differing_file(state: Path, rollout: StoredRollout) -> Path:
    """Where pairs of answers that differ are kept."""
    return state / "rollouts" / f"{rollout.model}.r{rollout.revision}-{rollout.id}{SUFFIX}"
