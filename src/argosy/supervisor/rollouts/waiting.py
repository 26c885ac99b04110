"""Which requests a rollout waits for: without them neither guards nor copies can decide.

Nobody knows whether they come, so what is waited for is said, and given up after the ``patience``
of the stack file. No I/O here.
"""

from __future__ import annotations

from dataclasses import dataclass

from argosy.stack.model import Rollout as RolloutSettings
from argosy.stack.units import show_duration
from argosy.supervisor.rollouts.guarding import waits_for
from argosy.supervisor.rollouts.stored import StoredRollout


@dataclass(frozen=True)
class Waiting:
    """``what`` has come so far and does not suffice. ``since`` and ``until``, when it is given up,
    are seconds since 1970.
    """

    what: str
    since: float
    until: float

    def given_up(self, now: float, patience: float) -> str:
        """Why it is not waited for any longer; empty as long as it is."""
        waited = f"it has waited {show_duration(patience)} for requests, `resume` waits on"
        return f"{waited}: {self.what}" if now >= self.until else ""


def waiting(rollout: StoredRollout, settings: RolloutSettings) -> Waiting | None:
    """What it waits for at the share of the traffic that it has; None where that is nothing."""
    if rollout.paused or rollout.forced or rollout.fault:
        return None
    guard, shadow = waits_for(rollout, settings), rollout.shadow
    if guard:
        return _since(rollout.due(settings.hold), guard, rollout, settings)
    if settings.shadow and shadow and not shadow.verdict and not rollout.weight:
        compared = f"{shadow.seen} of at most {shadow.total} copies are compared"
        return _since(shadow.began_at, compared, rollout, settings)
    return None


def _since(began: float, what: str, rollout: StoredRollout, settings: RolloutSettings) -> Waiting:
    since = max(began, rollout.resumed_at)
    return Waiting(what, since, since + settings.patience)
