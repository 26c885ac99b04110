"""A histogram as Prometheus counts it: requests by upper bound, each bucket with all below it."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Histogram:
    """``buckets`` are (upper bound in seconds, requests up to it), rising; the last is infinite."""

    buckets: tuple[tuple[float, float], ...] = ()

    @property
    def count(self) -> int:
        """All requests."""
        return int(self.buckets[-1][1]) if self.buckets else 0

    def since(self, earlier: Histogram) -> Histogram:
        """What was counted after ``earlier``; all of it where the counters began again."""
        before = dict(earlier.buckets)
        counts = tuple((bound, count - before.get(bound, 0.0)) for bound, count in self.buckets)
        return self if any(count < 0 for _, count in counts) else Histogram(counts)

    def plus(self, other: Histogram) -> Histogram:
        """Both together, where both have the same bounds or one is empty."""
        more = dict(other.buckets)
        added = tuple((bound, count + more.get(bound, 0.0)) for bound, count in self.buckets)
        return Histogram(added) if self.buckets else other

    def quantile(self, share: float) -> float:
        """The seconds within which ``share`` of the requests were, interpolated in their bucket.

        Infinite where it is beyond the largest finite bound, and 0 of no requests.
        """
        rank = share * self.count
        for low, high, below, inside in self._intervals():
            if inside and below + inside >= rank:
                return high if math.isinf(high) else low + (high - low) * (rank - below) / inside
        return 0.0

    def above(self, seconds: float) -> float:
        """How many took longer, interpolated; those beyond the largest bound took longer."""
        total = 0.0
        for low, high, _, inside in self._intervals():
            if math.isinf(high) or seconds <= low:
                total += inside if seconds < high else 0
            elif seconds < high:
                total += inside * (high - seconds) / (high - low)
        return total

    @property
    def largest(self) -> float:
        """The largest finite bound; 0 where there is none."""
        return max((bound for bound, _ in self.buckets if math.isfinite(bound)), default=0.0)

    def _intervals(self) -> Iterator[tuple[float, float, float, float]]:
        """Of each bucket its bounds, the requests below it and those in it."""
        low = below = 0.0
        for high, count in self.buckets:
            yield low, high, below, count - below
            low, below = high, count
