"""What the probes of a model's replicas found, and what follows from it. No I/O here.

A replica that fails is started anew, one at a time: that helps where this one is broken. Until it
has passed, nothing is routed to it, as long as another one is sound. Where none is, a fresh start
that has not helped shows that it is not the replica: then it serves again, rather than nobody.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from argosy.platforms.platform import Replica
from argosy.rollout.accuracy import accuracy
from argosy.rollout.binomial import at_most
from argosy.rollout.scoring import Scored

FIRST_BACK_OFF = 10.0  # seconds before a replica that has failed again is started anew
LONGEST_BACK_OFF = 600.0
CHANCE = 0.01  # that as good a replica as the first one is found worse, without `accuracy`
FEWEST = 0.5  # of the questions that must be answered, or else nothing was found


@dataclass(frozen=True)
class Finding:
    """Of one replica. Times are seconds since 1970.

    ``run`` is the start of the process that was asked. ``fault`` says why its answers are not good
    enough; empty where they are. ``failures`` counts the runs in a row that have failed, and the
    next is begun at ``replace_at``.
    """

    run: float
    accuracy: float
    at: float
    fault: str = ""
    failures: int = 0
    replace_at: float = 0.0

    def follows(self, before: Finding | None) -> Finding:
        """The same, knowing what was found before."""
        if not self.fault:
            return self
        if before is None or not before.fault:
            return replace(self, failures=1, replace_at=self.at)
        if before.run == self.run:
            return replace(self, failures=before.failures, replace_at=before.replace_at)
        pause = min(FIRST_BACK_OFF * 2 ** (before.failures - 1), LONGEST_BACK_OFF)
        return replace(self, failures=before.failures + 1, replace_at=self.at + pause)


Findings = Mapping[str, Finding]
"""By the replica's name."""


def fault(scored: Sequence[Scored], asked: int, wanted: float | None, first: Scores) -> str:
    """Why these answers are not good enough; empty if they are, or if too few came.

    Without a ``wanted`` accuracy they are compared with the ``first`` ones of this revision: by the
    sign test (McNemar's, one-sided) on the questions that are answered worse now, and better.
    """
    if len(scored) < max(1.0, FEWEST * asked):
        return ""
    mean = accuracy(scored).mean
    told = f"it failed its accuracy probe: {_right(scored, mean)}"
    if wanted is not None:
        return f"{told}, {wanted:g} wanted" if mean < wanted else ""
    known = [(first[one.item_id], one.score) for one in scored if one.item_id in first]
    lost = sum(after < before for before, after in known)
    gained = sum(after > before for before, after in known)
    if lost + gained == 0 or at_most(gained, lost + gained, 0.5) > CHANCE:
        return ""
    return f"{told}, {lost} worse than when the revision was first asked"


Scores = Mapping[str, float]
"""By item."""


def seen(replicas: Sequence[Replica], findings: Findings, now: float) -> list[Replica]:
    """The replicas of one serving revision with what is known of their answers.

    Those that nothing is to be routed to are unready.
    """
    failed = {one.name for one in replicas if one.name in findings and findings[one.name].fault}
    fresh = {name for name in failed if _run(name, replicas) != findings[name].run}
    is_sound = any(one.state == "ready" and one.name not in failed for one in replicas)
    turn = _turn(replicas, findings, failed, fresh, now)
    out = failed if is_sound else fresh | {turn}
    return [_with_finding(one, findings.get(one.name), one.name in out, turn) for one in replicas]


def _turn(
    replicas: Sequence[Replica], findings: Findings, failed: set[str], fresh: set[str], now: float
) -> str:
    """Whose turn it is to be started anew; nobody's while one is that has not failed to start."""
    if any(one.name in fresh and one.stays and not one.failures for one in replicas):
        return ""
    due = [
        (findings[one.name].replace_at, one.name)
        for one in replicas
        if one.name in failed - fresh and one.stays and findings[one.name].replace_at <= now
    ]
    return min(due)[1] if due else ""


def _with_finding(one: Replica, finding: Finding | None, is_out: bool, turn: str) -> Replica:
    if finding is None:
        return one
    if finding.run != one.started_at:
        if not finding.fault or not is_out or not one.takes_requests:
            return one
        return replace(one, state="unready", reason=f"it is asked again: {finding.fault}")
    return replace(
        one,
        accuracy=finding.accuracy,
        probed_at=finding.at,
        fault=finding.fault,
        reason=finding.fault or one.reason,
        is_to_be_replaced=one.name == turn,
        state="unready" if is_out and one.takes_requests else one.state,
    )


def _run(name: str, replicas: Sequence[Replica]) -> float:
    return next(one.started_at for one in replicas if one.name == name)


def _right(scored: Sequence[Scored], mean: float) -> str:
    if all(one.score in {0, 1} for one in scored):
        return f"{sum(one.score == 1 for one in scored)} of {len(scored)} right"
    return f"{mean:.2f} in the mean of {len(scored)}"
