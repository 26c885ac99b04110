"""What counts: the contract, and counting in memory."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from argosy.limits.rules import Limit

LEASE_WAIT = 1.0  # seconds; when a request in flight ends is not known


class Away(Exception):
    """Nobody can count now."""


@dataclass(frozen=True)
class Count:
    """One limit now. ``left`` after this request; ``wait`` seconds until there is room again."""

    limit: Limit
    left: int
    wait: float = 0.0


@dataclass(frozen=True)
class Verdict:
    """Whether a request may go on: not where a limit ``refused`` it."""

    counts: tuple[Count, ...] = ()
    refused: Count | None = None


class Counter(Protocol):
    """Counts requests. Each call is atomic: a request that one limit refuses counts for none."""

    async def admit(self, limits: Sequence[Limit], lease: str) -> Verdict:
        """Count a request, and hold ``lease`` for it until `settle`. Raises `Away`."""

    async def settle(self, limits: Sequence[Limit], lease: str, tokens: int) -> None:
        """The request of ``lease`` has ended, and used so many tokens. Raises `Away`."""

    async def renew(self, leases: dict[str, Sequence[Limit]]) -> None:
        """These are held still. Raises `Away`."""

    async def close(self) -> None:
        """Count no more."""


class Memory:
    """Counts for one gateway. Rates are counted as GCRA does: by when the bucket is full again."""

    def __init__(self, clock: Callable[[], float] = time.time) -> None:
        self._clock = clock
        self._full_at: dict[str, float] = {}
        self._held: dict[str, set[str]] = {}
        self._used: dict[str, tuple[int, int]] = {}

    async def admit(self, limits: Sequence[Limit], lease: str) -> Verdict:
        """Never away."""
        now = self._clock()
        counts = tuple(self._count(limit, now) for limit in limits)
        refused = next((count for count in counts if count.left < 0), None)
        if refused is None:
            for limit in limits:
                if limit.kind == "rate":
                    full_at = max(self._full_at.get(limit.key, 0.0), now)
                    self._full_at[limit.key] = full_at + limit.seconds
                elif limit.kind == "concurrency":
                    self._held.setdefault(limit.key, set()).add(lease)
        return Verdict(counts, refused)

    async def settle(self, limits: Sequence[Limit], lease: str, tokens: int) -> None:
        """Tokens count in the window in which the answer ended."""
        now = self._clock()
        for limit in limits:
            if limit.kind == "concurrency":
                held = self._held.get(limit.key, set())
                held.discard(lease)
                if not held:
                    self._held.pop(limit.key, None)
            elif limit.kind == "tokens":
                window = int(now // limit.seconds)
                self._used[limit.key] = (window, self._used_in(limit, window) + tokens)

    async def renew(self, leases: dict[str, Sequence[Limit]]) -> None:  # noqa: ARG002
        """What is held needs no renewal; buckets that are full need not be kept."""
        now = self._clock()
        self._full_at = {key: at for key, at in self._full_at.items() if at > now}

    async def close(self) -> None:
        """Nothing is open."""

    def _count(self, limit: Limit, now: float) -> Count:
        if limit.kind == "rate":
            ahead = max(self._full_at.get(limit.key, 0.0) - now, 0.0)
            room = limit.most * limit.seconds - ahead
            # Times are sums of fractions: the last request of a bucket must not miss by a hair.
            left = int(room / limit.seconds + 1e-6) - 1
            return Count(limit, left, limit.seconds - room if left < 0 else 0.0)
        if limit.kind == "concurrency":
            left = limit.most - len(self._held.get(limit.key, ())) - 1
            return Count(limit, left, LEASE_WAIT if left < 0 else 0.0)
        window = int(now // limit.seconds)
        left = limit.most - self._used_in(limit, window)
        wait = (window + 1) * limit.seconds - now
        return Count(limit, left if left > 0 else -1, wait)

    def _used_in(self, limit: Limit, window: int) -> int:
        counted, used = self._used.get(limit.key, (window, 0))
        return used if counted == window else 0
