"""An engine's own metrics, told in our words too, so that a dashboard reads one vocabulary.

What the engine says under its own names is passed on untouched.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING

from argosy_runner.served.engine import Mapped

if TYPE_CHECKING:
    from prometheus_client.core import Metric

Labels = Mapping[str, str]

HELP = {
    "argosy_requests": "Requests answered",
    "argosy_request_seconds": "Time from a request to its answer",
    "argosy_queue_seconds": "Time a request waited in the engine",
    "argosy_queue_depth": "Requests that wait in the engine",
    "argosy_in_flight": "Requests being answered",
    "argosy_tokens": "Tokens read (in) and generated (out)",
    "argosy_time_to_first_token_seconds": "Time from a request to its first token",
    "argosy_inter_token_seconds": "Time between two tokens of an answer",
    "argosy_kv_cache_usage_ratio": "Part of the cache of keys and values that is in use",
}
BUSY = ("argosy_in_flight", "argosy_queue_depth")


def exposition(own: Iterable[Metric], theirs: str) -> tuple[bytes, bytes]:
    """The (content type, body) of an answer to Prometheus: our families, then the engine's text."""
    from prometheus_client import CollectorRegistry, generate_latest  # noqa: PLC0415  25 ms
    from prometheus_client.registry import Collector  # noqa: PLC0415

    class Families(Collector):
        def collect(self) -> Iterator[Metric]:
            yield from own

    registry = CollectorRegistry(auto_describe=False)
    registry.register(Families())
    kept = [line for line in theirs.splitlines() if line != "# EOF"]  # the end is not there
    text = "".join(f"{line}\n" for line in kept)
    return b"text/plain; version=0.0.4; charset=utf-8", generate_latest(registry) + text.encode()


def mapped(theirs: str, mapping: Mapping[str, Mapped], labels: Labels) -> list[Metric]:
    """Our families, each with ``labels``, made from the engine's text.

    Series that differ only in labels of the engine's are added up; of a ratio the highest counts.
    Text that is no Prometheus text has no families.
    """
    from prometheus_client.parser import text_string_to_metric_families  # noqa: PLC0415

    try:
        found = {family.name: family for family in text_string_to_metric_families(theirs)}
    except ValueError:
        return []
    families: dict[str, Metric] = {}
    taken: set[tuple[str, tuple[tuple[str, str], ...]]] = set()
    for name, ours in mapping.items():
        one = (ours.family, tuple(ours.labels.items()))
        if name in found and one not in taken:
            taken.add(one)
            _add(families, ours, found[name], labels)
    return list(families.values())


def busy(families: Iterable[Metric]) -> float | None:
    """How many requests the engine has; None when it does not say."""
    counts = [
        sample.value for family in families if family.name in BUSY for sample in family.samples
    ]
    return sum(counts) if counts else None


def _add(families: dict[str, Metric], ours: Mapped, theirs: Metric, labels: Labels) -> None:
    from prometheus_client.core import Metric  # noqa: PLC0415  as above

    family = families.setdefault(ours.family, Metric(ours.family, HELP[ours.family], theirs.type))
    together = max if ours.family.endswith("_ratio") else sum
    values: dict[tuple[str, tuple[tuple[str, str], ...]], list[float]] = {}
    for sample in theirs.samples:
        if sample.name.endswith("_created"):
            continue
        told = {**labels, **ours.labels}
        if ours.by:
            told["code"] = ours.codes.get(sample.labels.get(ours.by, ""), ours.labels["code"])
        if "le" in sample.labels:
            told["le"] = sample.labels["le"]
        name = ours.family + sample.name.removeprefix(theirs.name)
        values.setdefault((name, tuple(told.items())), []).append(sample.value)
    for (name, labelled), found in values.items():
        family.add_sample(name, dict(labelled), together(found))


def own(
    labels: Labels, restarts: Counter[str], load_seconds: float, warm_up_seconds: float
) -> Iterator[Metric]:
    """What the runner itself knows of a replica."""
    from prometheus_client.core import (  # noqa: PLC0415  as above
        CounterMetricFamily,
        GaugeMetricFamily,
    )

    names, common = tuple(labels), tuple(labels.values())
    family = CounterMetricFamily(
        "argosy_worker_restarts", "Workers replaced", labels=(*names, "reason")
    )
    for reason, count in restarts.items():
        family.add_metric((*common, reason), count)
    yield family
    for name, text, value in (
        ("argosy_load_seconds", "Time the model took to load", load_seconds),
        ("argosy_warm_up_seconds", "Time the warm-up took", warm_up_seconds),
    ):
        gauge = GaugeMetricFamily(name, text, labels=names)
        gauge.add_metric(common, value)
        yield gauge
