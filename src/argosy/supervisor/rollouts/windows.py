"""What a revision did while somebody looks on, from counters that may begin again. No I/O here."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace

from argosy.gateway import metrics
from argosy.platforms.platform import Replica
from argosy.rollout.guards import Window
from argosy.rollout.histogram import Histogram

FAILED = 500  # and above: what the revision is to blame for
LATENCY, FIRST_TOKEN = (
    "argosy_gateway_request_seconds",
    "argosy_gateway_time_to_first_token_seconds",
)
REPLACED_WORKERS = re.compile(r"(?m)^argosy_worker_restarts_total(?:\{.*\})? (\S+)$")

RevisionKey = tuple[str, str]
"""A model and its revision as metrics name it, ``r2``."""


@dataclass(frozen=True)
class Served:
    """What the gateway has counted of one revision: requests by their code, and their times."""

    codes: Mapping[str, float] = field(default_factory=dict)
    latency: Histogram = field(default_factory=Histogram)
    ttft: Histogram = field(default_factory=Histogram)

    def since(self, earlier: Served) -> Served:
        """What came after ``earlier``."""
        return Served(
            _since(self.codes, earlier.codes),
            self.latency.since(earlier.latency),
            self.ttft.since(earlier.ttft),
        )

    def plus(self, other: Served) -> Served:
        """Both together."""
        return Served(
            _plus(self.codes, other.codes),
            self.latency.plus(other.latency),
            self.ttft.plus(other.ttft),
        )


@dataclass(frozen=True)
class Counted:
    """One revision at one moment. Restarts are counted by who was started again.

    ``gateway`` tells one Envoy from the next, whose counters begin at zero. ``memory`` is the most
    that a replica uses, in bytes.
    """

    gateway: int | None
    served: Served
    restarts: Mapping[str, float]
    memory: float | None


@dataclass(frozen=True)
class Tally:
    """What has come since the first look, added up look by look.

    So no more than what came between two looks is lost where a counter begins again.
    """

    last: Counted | None = None
    served: Served = field(default_factory=Served)
    restarts: Mapping[str, float] = field(default_factory=dict)
    memory: float | None = None

    def look(self, now: Counted) -> Tally:
        """With what is counted now; the first look is where counting begins."""
        if self.last is None:
            return Tally(last=now, memory=now.memory)
        same = self.last.gateway == now.gateway
        before = self.last.served if same else Served()
        known = {**self.last.restarts, **now.restarts}  # who is silent now may tell more later
        return Tally(
            last=replace(now, restarts=known),
            served=self.served.plus(now.served.since(before)),
            restarts=_plus(self.restarts, _since(now.restarts, self.last.restarts)),
            memory=max((one for one in (self.memory, now.memory) if one is not None), default=None),
        )

    def window(self) -> Window:
        """As guards take it. A request whose caller left says nothing about the revision."""
        answered = {
            code: count
            for code, count in self.served.codes.items()
            if code != metrics.CLIENT_CLOSED_REQUEST
        }
        errors = sum(count for code, count in answered.items() if int(code) >= FAILED)
        return Window(
            requests=int(sum(answered.values())),
            errors=int(errors),
            latency=self.served.latency,
            ttft=self.served.ttft,
            restarts=int(sum(self.restarts.values())) if self.last and self.last.restarts else None,
            memory=self.memory,
        )


def served(text: str) -> dict[RevisionKey, Served]:
    """What Envoy tells in Prometheus' text form of `metrics.BY_REVISION`."""
    codes: dict[RevisionKey, dict[str, float]] = {}
    buckets: dict[str, dict[RevisionKey, list[tuple[float, float]]]] = {
        LATENCY: {},
        FIRST_TOKEN: {},
    }
    for family in metrics.families(text, metrics.BY_REVISION):
        for sample in family.samples:
            key = (sample.labels["model"], sample.labels["revision"])
            if family.type == "counter":
                codes.setdefault(key, {})[sample.labels["code"]] = sample.value
            elif bound := sample.labels.get("le"):
                found = buckets[family.name].setdefault(key, [])
                found.append((float(bound), sample.value))
    return {
        key: Served(
            codes.get(key, {}),
            *(Histogram(tuple(sorted(of.get(key, [])))) for of in buckets.values()),
        )
        for key in {*codes, *buckets[LATENCY], *buckets[FIRST_TOKEN]}
    }


def restarts(replicas: Iterable[tuple[Replica, str | None]]) -> dict[str, float]:
    """How often replicas and, by their own metrics, their workers were started again."""
    found: dict[str, float] = {}
    for replica, text in replicas:
        found[replica.name] = replica.restarts
        if text is not None:
            replaced = REPLACED_WORKERS.findall(text)
            found[f"workers of {replica.name}"] = sum(float(one) for one in replaced)
    return found


def memory(replicas: Iterable[Replica]) -> float | None:
    """The most that one of them uses, in bytes; None where nobody tells."""
    return max((one.memory for one in replicas if one.memory is not None), default=None)


def _since(now: Mapping[str, float], earlier: Mapping[str, float]) -> dict[str, float]:
    """By name; one that is less than before has begun again."""
    return {
        name: value - earlier.get(name, 0.0) if value >= earlier.get(name, 0.0) else value
        for name, value in now.items()
    }


def _plus(one: Mapping[str, float], other: Mapping[str, float]) -> dict[str, float]:
    names = {**one, **other}
    return {name: one.get(name, 0.0) + other.get(name, 0.0) for name in names}
