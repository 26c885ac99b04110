"""Guards beside the gate: what may not get worse while the new revision takes traffic.

Both revisions are looked at in the same window of time. A guard trips when its limit is exceeded by
more than chance explains; it is ok when there were enough requests to see that; otherwise it waits
and says for what. It is looked at again and again, so chance has to be small (`RARE`); a rollout
that is taken back falsely costs time, and nothing else.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Literal

from argosy.rollout.binomial import at_least
from argosy.rollout.histogram import Histogram
from argosy.rollout.intervals import upper_bound

GuardName = Literal[
    "error_rate", "latency_p95", "latency_p99", "ttft_p95", "ttft_p99", "restarts", "memory"
]
State = Literal["ok", "tripped", "waiting"]

RARE = 0.01
FEWEST_ERRORS = 3  # fewer prove nothing, however rare errors were before
QUANTILES: dict[GuardName, tuple[str, float]] = {
    "latency_p95": ("p95 of latency", 0.95),
    "latency_p99": ("p99 of latency", 0.99),
    "ttft_p95": ("p95 of time to first token", 0.95),
    "ttft_p99": ("p99 of time to first token", 0.99),
}


@dataclass(frozen=True)
class Times:
    """So many times what the old revision has."""

    factor: float

    def bound(self, old: float) -> float:
        """The most that the new revision may have."""
        return self.factor * old

    def described(self, old: float, show: Callable[[float], str]) -> str:
        """Where the bound comes from."""
        return f"{self.factor:g} times the old revision's {show(old)}"


@dataclass(frozen=True)
class Plus:
    """So much more than the old revision has, in the guard's own unit."""

    amount: float

    def bound(self, old: float) -> float:
        """The most that the new revision may have."""
        return old + self.amount

    def described(self, old: float, show: Callable[[float], str]) -> str:
        """Where the bound comes from."""
        return f"the old revision's {show(old)} and {show(self.amount)} more"


@dataclass(frozen=True)
class AtMost:
    """So much, whatever the old revision has."""

    value: float

    def bound(self, old: float) -> float:  # noqa: ARG002 - the others need it
        """The most that the new revision may have."""
        return self.value

    def described(self, old: float, show: Callable[[float], str]) -> str:  # noqa: ARG002
        """Where the bound comes from."""
        return "the limit"


@dataclass(frozen=True)
class Guard:
    """Rates are shares, times seconds, memory bytes. ``requests`` is how many it needs to be ok."""

    name: GuardName
    limit: Times | Plus | AtMost
    requests: int = 50

    @property
    def compares(self) -> bool:
        """Whether the old revision has to be known."""
        return not isinstance(self.limit, AtMost)


@dataclass(frozen=True)
class Window:
    """What was seen of one revision in a window of time. None is what nobody told.

    ``memory`` is the most that a replica used, in bytes; ``ttft`` counts streams alone.
    """

    requests: int = 0
    errors: int = 0
    latency: Histogram = field(default_factory=Histogram)
    ttft: Histogram = field(default_factory=Histogram)
    restarts: int | None = None
    memory: float | None = None


@dataclass(frozen=True)
class Finding:
    """What a guard found, with the sentence to show."""

    guard: GuardName
    state: State
    sentence: str


def judge(guard: Guard, old: Window, new: Window) -> Finding:
    """Judge the new revision by one guard. Nothing known is never ok."""
    if guard.name == "error_rate":
        state, sentence = _errors(guard, old, new)
    elif guard.name in QUANTILES:
        state, sentence = _quantile(guard, old, new)
    elif guard.name == "restarts":
        state, sentence = _level(guard, old.restarts, new.restarts, "Restarts", _number)
    else:
        state, sentence = _level(guard, old.memory, new.memory, "Memory", _bytes)
    return Finding(guard.name, state, sentence)


def _errors(guard: Guard, old: Window, new: Window) -> tuple[State, str]:
    """A one-sided binomial test against the bound.

    The old revision's rate enters at its upper bound, so that its luck trips nothing either.
    """
    if guard.compares and old.requests < guard.requests:
        return "waiting", _too_few("old", old.requests, guard.requests)
    before = upper_bound(old.errors, old.requests)
    bound = min(1.0, guard.limit.bound(before))
    rate = new.errors / new.requests if new.requests else 0.0
    found = (
        f"Error rate {_share(rate)} ({new.errors} of {new.requests}), at most {_share(bound)} is"
        f" allowed: {guard.limit.described(before, _share)}."
    )
    by_chance = at_least(new.errors, new.requests, bound)
    if new.errors >= FEWEST_ERRORS and by_chance <= RARE:
        return "tripped", found
    if new.requests < guard.requests:
        return "waiting", _too_few("new", new.requests, guard.requests)
    if rate > bound:
        return "waiting", _may_be_chance(found)
    return "ok", found


def _quantile(guard: Guard, old: Window, new: Window) -> tuple[State, str]:
    """The quantile is above the bound where more requests are than its share allows.

    Whether it is by more than chance is a one-sided binomial test of their number, which needs no
    assumption about how times are distributed.
    """
    what, share = QUANTILES[guard.name]
    before, now = (_histogram(guard, window) for window in (old, new))
    needed = max(guard.requests, round(1 / (1 - share)))
    if now.count < needed:
        return "waiting", _too_few("new", now.count, needed)
    if guard.compares and before.count < needed:
        return "waiting", _too_few("old", before.count, needed)
    usual, value = before.quantile(share), now.quantile(share)
    bound = guard.limit.bound(usual)
    if math.isinf(value) and math.isinf(bound):
        longest = _seconds(now.largest)
        return "waiting", f"{what} is above {longest} for both revisions: too long to be compared."
    told = _seconds(value) if math.isfinite(value) else f"more than {_seconds(now.largest)}"
    found = (
        f"{what} is {told}, at most {_seconds(bound)} is allowed:"
        f" {guard.limit.described(usual, _seconds)}."
    )
    if value <= bound:
        return "ok", found
    by_chance = at_least(math.floor(now.above(bound)), now.count, 1 - share)
    return ("tripped", found) if by_chance <= RARE else ("waiting", _may_be_chance(found))


def _level(
    guard: Guard,
    old: float | None,
    new: float | None,
    what: str,
    show: Callable[[float], str],
) -> tuple[State, str]:
    """A value that is measured, not sampled: above the bound it trips at once."""
    if new is None or (guard.compares and old is None):
        return (
            "waiting",
            f"{what} of the {'new' if new is None else 'old'} revision: not known yet.",
        )
    bound = guard.limit.bound(old or 0.0)
    why = guard.limit.described(old or 0.0, show)
    found = f"{what}: {show(new)}, at most {show(bound)} allowed: {why}."
    return ("tripped" if new > bound else "ok"), found


def _histogram(guard: Guard, window: Window) -> Histogram:
    return window.ttft if guard.name.startswith("ttft") else window.latency


def _too_few(whose: str, requests: int, needed: int) -> str:
    return f"Not enough requests yet: the {whose} revision has had {requests} of {needed}."


def _may_be_chance(found: str) -> str:
    return f"{found} It is above, but may be so by chance."


def _share(value: float) -> str:
    return f"{100 * value:.3g} %"


def _seconds(value: float) -> str:
    return f"{1000 * value:.3g} ms" if value < 1 else f"{value:.3g} s"


def _bytes(value: float) -> str:
    return f"{value / (1 << 20):,.0f} MiB"


def _number(value: float) -> str:
    return f"{value:g}"
