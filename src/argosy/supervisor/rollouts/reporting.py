"""The report of a rollout that has ended, and the answers that it rests on.

Both lie beside the state, in ``rollouts``. Nobody waits for a report, and one that cannot be
written changes nothing.
"""

from __future__ import annotations

import asyncio
import json
import logging
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path
from typing import Any

from argosy.rollout.agreement import Agreement
from argosy.rollout.comparison import Estimate, Pair
from argosy.rollout.gate import Decision, course
from argosy.rollout.noise import Noise
from argosy.rollout.report import Copies, Flip, Report, Step, page
from argosy.supervisor.rollouts.noise_floors import NoiseFloors
from argosy.supervisor.rollouts.stored import StoredRollout, StoredShadow, answers_file
from argosy.supervisor.store import Store

Facts = tuple[tuple[str, str], ...]
log = logging.getLogger("argosy.supervisor")


@dataclass(frozen=True)
class Answered:
    """An item as both revisions have answered it: the pair that counts, and what they said."""

    pair: Pair
    before: Mapping[str, Any]
    after: Mapping[str, Any]


class Reports:
    """Writes them in the background, one for each rollout that has ended."""

    def __init__(self, store: Store, state: Path, noise: NoiseFloors) -> None:
        self._store = store
        self._state = state
        self._noise = noise
        self._tasks: set[asyncio.Task[None]] = set()

    def begin(self, rollout: StoredRollout) -> None:
        """Write that of a rollout as it is stored now. Returns at once."""
        facts, noise = self._facts(rollout), self._noise.of(rollout.model, rollout.suite)
        writing = asyncio.to_thread(_try_to_write, self._state, rollout, facts, noise)
        task = asyncio.create_task(writing)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def stop(self) -> None:
        """Returns once all are written."""
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _facts(self, rollout: StoredRollout) -> Facts:
        """What one needs to have the same revisions again."""
        found = []
        for stored in self._store.revisions(rollout.model):
            one = stored.revision
            if one.number in {rollout.before, rollout.revision}:
                found += [
                    (f"r{one.number}", one.digest),
                    (f"code of r{one.number}", one.code_digest),
                    (f"environment of r{one.number}", one.lock.digest),
                    (f"weights of r{one.number}", one.weights_digest),
                ]
        suite = Path(rollout.suite).name if rollout.suite else ""
        return tuple((name, value) for name, value in [*found, ("suite", suite)] if value)


def report_file(state: Path, rollout: StoredRollout) -> Path:
    """Where the report of a rollout lies once it has ended."""
    return answers_file(state, rollout).with_suffix(".html")


def write(
    state: Path, rollout: StoredRollout, facts: Facts = (), noise: Noise | None = None
) -> Path:
    """Make the report; whoever reads the file sees all of it or none. Raises `OSError`."""
    file = report_file(state, rollout)
    file.parent.mkdir(parents=True, exist_ok=True)
    draft = file.with_suffix(".html.new")
    draft.write_text(page(report(state, rollout, facts, noise)))
    draft.replace(file)
    return file


def report(
    state: Path, rollout: StoredRollout, facts: Facts = (), noise: Noise | None = None
) -> Report:
    """What is known of a rollout, as a page takes it."""
    decision = Decision.from_data(rollout.decision) if rollout.decision else None
    answered = tuple(answers(state, rollout))
    seen = [one.pair for one in answered[: decision.seen]] if decision else []
    return Report(
        model=rollout.model,
        old=f"r{rollout.before}",
        new=f"r{rollout.revision}",
        verdict=rollout.outcome or "under way",
        reason=rollout.fault or rollout.reason or (decision.reason if decision else ""),
        decision=decision,
        course=course(decision.gate, seen) if decision and seen else (),
        steps=_steps(rollout),
        guards=rollout.guards,
        copies=_copies(rollout.shadow) if rollout.shadow else None,
        noise=noise,
        flips=_flips(answered),
        facts=facts,
    )


def flips(state: Path, rollout: StoredRollout) -> tuple[Flip, ...]:
    """The items on which the revisions differ, in the order in which they were asked."""
    return _flips(answers(state, rollout))


def answers(state: Path, rollout: StoredRollout) -> Iterator[Answered]:
    """What both have answered so far; nothing where nothing was asked."""
    file = answers_file(state, rollout)
    if not file.exists():
        return
    with file.open() as lines:
        for line in lines:
            if line.endswith("\n"):  # the last one may be half written
                yield _answered(json.loads(line))


def _answered(told: Mapping[str, Any]) -> Answered:
    before, after = told["before"], told["after"]
    pair = Pair(
        told["item"], before["score"], after["score"], tuple(before["tags"]), told["weight"]
    )
    return Answered(pair, before, after)


def _flips(answered: Iterator[Answered] | tuple[Answered, ...]) -> tuple[Flip, ...]:
    return tuple(
        Flip(
            item=one.pair.item,
            expected=_text(one.before["expected"]),
            before=_said(one.before),
            after=_said(one.after),
            before_score=one.pair.before,
            after_score=one.pair.after,
        )
        for one in answered
        if one.pair.difference
    )


def _copies(found: StoredShadow) -> Copies:
    agreement = Agreement(
        found.verdict if found.verdict in {"promote", "inconclusive"} else "continue",
        found.reason,
        found.agreeing,
        found.differing,
        found.total,
        Estimate(found.agreeing / max(found.seen, 1), found.low, found.high),
        found.differing_at_most,
    )
    return Copies(agreement, found.margin, found.unpaired, found.left_out, Path(found.file).name)


def _said(scored: Mapping[str, Any]) -> str:
    """The answer, or why there is none."""
    return str(scored["reason"]) if scored["answer"] is None else _text(scored["answer"])


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _steps(rollout: StoredRollout) -> tuple[Step, ...]:
    """Every share from its beginning to that of the next; the first is none, while it is asked."""
    ended = rollout.ended_at or time.time()
    shares = [(0.0, rollout.started_at, "")]
    if rollout.down_since is not None:
        shares.append((0.0, rollout.down_since, f"r{rollout.before} has stopped, nobody answers"))
    shares += [(one.weight, one.at, "") for one in rollout.shifts]
    if rollout.outcome == "promoted":
        shares.append((100.0, ended, f"r{rollout.revision} serves"))
    return tuple(
        Step(weight, _moment(began), _moment(until), note)
        for (weight, began, note), (_, until, _) in pairwise([*shares, (0.0, ended, "")])
    )


def _moment(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def _try_to_write(state: Path, rollout: StoredRollout, facts: Facts, noise: Noise | None) -> None:
    try:
        write(state, rollout, facts, noise)
    except Exception:
        log.exception("the report of a rollout of %s could not be written", rollout.model)
