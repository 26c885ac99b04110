"""What is remembered of a rollout, and where. No I/O here."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Literal

from argosy.plan.state import Agreed, ObservedRollout, Verdict
from argosy.rollout.guards import Finding

Decided = Literal["pause", "resume", "promote", "abort"]  # by people
Outcome = Literal["", "promoted", "rolled back", "aborted"]


@dataclass(frozen=True)
class Shifted:
    """Since when, in seconds since 1970, the revision has had ``weight`` percent."""

    weight: float
    at: float


@dataclass(frozen=True)
class StoredShadow:
    """Answers to copied requests: how many of ``total`` are compared, and with what result.

    ``unpaired`` are requests of which only one answer came, or more than could be compared;
    ``left_out`` have answers that say nothing of each other, counted by the reason. ``low`` to
    ``high`` is the interval of the share of equal answers, ``differing_at_most`` the bound of the
    rest. Pairs that differ are in ``file``. ``began_at`` is in seconds since 1970.
    """

    total: int
    began_at: float = 0.0
    agreeing: int = 0
    differing: int = 0
    unpaired: int = 0
    left_out: Mapping[str, int] = field(default_factory=dict)
    verdict: Agreed = ""
    reason: str = ""
    low: float = 0.0
    high: float = 1.0
    differing_at_most: float = 1.0
    margin: float = 0.0
    file: str = ""

    @property
    def seen(self) -> int:
        """How many pairs were compared."""
        return self.agreeing + self.differing


@dataclass(frozen=True)
class StoredRollout:
    """``revision`` takes over from ``before``; one that has ended has an ``outcome``.

    ``verdict`` and ``decision``, its reasons as data, are the gate's; ``seed`` orders its items,
    and ``suite`` is the kept copy that it asks. ``guards`` is what they found at the share that it
    has now, or had last; ``shadow`` is what shadow traffic has shown. In a dip ``baseline`` is the
    file of what ``before`` has answered, and since ``down_since`` nobody answers. See
    `ObservedRollout` for the rest. ``resumed_at`` is when it last went on after a pause. Times are
    in seconds since 1970. ``id`` is the store's, 0 until it is stored.
    """

    model: str
    revision: int
    before: int
    started_at: float
    verdict: Verdict = ""
    decision: Mapping[str, Any] = field(default_factory=dict)
    shadow: StoredShadow | None = None
    shifts: tuple[Shifted, ...] = ()
    seed: int = 0
    suite: str = ""
    guards: tuple[Finding, ...] = ()
    paused: bool = False
    resumed_at: float = 0.0
    forced: bool = False
    fault: str = ""
    reason: str = ""
    baseline: str = ""
    down_since: float | None = None
    outcome: Outcome = ""
    ended_at: float | None = None
    id: int = 0

    @property
    def weight(self) -> float:
        """Percent of the traffic that the revision has now."""
        return self.shifts[-1].weight if self.shifts else 0

    def shifted(self, weight: float, now: float | None = None) -> StoredRollout:
        """With another share of the traffic from now on."""
        at = time.time() if now is None else now
        return replace(self, shifts=(*self.shifts, Shifted(weight, at)), guards=())

    def ended(self, outcome: Outcome, reason: str = "", now: float | None = None) -> StoredRollout:
        """It is over."""
        at = time.time() if now is None else now
        return replace(
            self, outcome=outcome, reason=reason or self.reason, ended_at=at, paused=False
        )

    def due(self, hold: float) -> float:
        """When the share that it has now has been held for ``hold`` seconds."""
        return (self.shifts[-1].at if self.shifts else self.started_at) + hold

    def observed(
        self, hold: float, now: float, waits_for: str = "", given_up: str = ""
    ) -> ObservedRollout:
        """As `reconcile` takes it. ``waits_for`` is what a guard still needs to know, ``given_up``
        why it is not waited for any longer.
        """
        return ObservedRollout(
            revision=self.revision,
            weight=self.weight,
            verdict=self.verdict,
            agreement=self.shadow.verdict if self.shadow else "",
            held=now >= self.due(hold) and not waits_for,
            unheard=given_up,
            paused=self.paused,
            forced=self.forced,
            fault=self.fault,
            reason=self.reason,
            baseline="asked" if self.baseline else "",
            is_down=self.down_since is not None,
        )


def baseline_file(state: Path, rollout: StoredRollout) -> Path:
    """Where the answers are kept that a revision gave before it stopped for the next one."""
    return answers_file(state, rollout).with_suffix(".before.jsonl")


def answers_file(state: Path, rollout: StoredRollout) -> Path:
    """Where the answers of a gate are kept, a line of JSON for each item."""
    return state / "rollouts" / f"{rollout.model}.r{rollout.revision}-{rollout.id}.jsonl"
