"""What a replica counts. Numbers are plain while serving; Prometheus families when asked for."""

from __future__ import annotations

import time
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from prometheus_client.core import Metric

SECONDS = (
    0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5,
    1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0, 600.0,
)  # fmt: skip
ROWS = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 512.0, 1024.0)


class Histogram:
    """Counts per bucket; ``bounds`` are the upper ends, included."""

    __slots__ = ("bounds", "counts", "total")

    def __init__(self, bounds: tuple[float, ...]) -> None:
        self.bounds = bounds
        self.counts = [0] * (len(bounds) + 1)
        self.total = 0.0

    def observe(self, value: float) -> None:
        """Count one value."""
        self.counts[bisect_left(self.bounds, value)] += 1
        self.total += value

    def buckets(self) -> list[tuple[str, float]]:
        """Cumulative, as Prometheus wants them."""
        found, running = [], 0
        for bound, count in zip((*self.bounds, float("inf")), self.counts, strict=True):
            running += count
            found.append(("+Inf" if bound == float("inf") else str(bound), float(running)))
        return found


class Metrics:
    """The numbers of one replica."""

    def __init__(self, model: str, revision: str, replica: str) -> None:
        self.requests: Counter[tuple[str, int]] = Counter()
        self.request_seconds: dict[str, Histogram] = {}
        self.first_token_seconds = Histogram(SECONDS)
        self.token_seconds = Histogram(SECONDS)
        self.tokens: Counter[str] = Counter()
        self.queue_seconds = Histogram(SECONDS)
        self.batch_rows = Histogram(ROWS)
        self.worker_restarts: Counter[str] = Counter()
        self.in_flight = 0
        self.load_seconds = 0.0
        self.warm_up_seconds = 0.0
        self.queue_depth: Callable[[], int] = int
        self.spans: Callable[[], dict[str, int]] = dict
        self._labels = {"model": model, "revision": revision, "replica": replica}

    def answered(self, protocol: str, status: int, seconds: float) -> None:
        """Count one request."""
        self.requests[protocol, status] += 1
        histogram = self.request_seconds.get(protocol)
        if histogram is None:
            histogram = self.request_seconds[protocol] = Histogram(SECONDS)
        histogram.observe(seconds)

    def text(self) -> tuple[bytes, bytes]:
        """The (content type, body) of an answer to Prometheus."""
        from prometheus_client import CollectorRegistry  # noqa: PLC0415  costs a start 25 ms
        from prometheus_client.exposition import (  # noqa: PLC0415
            CONTENT_TYPE_LATEST,
            generate_latest,
        )

        registry = CollectorRegistry(auto_describe=False)
        registry.register(self)
        return CONTENT_TYPE_LATEST.encode(), generate_latest(registry)

    def collect(self) -> Iterator[Metric]:
        """All families; the interface of a prometheus_client collector."""
        from prometheus_client.core import (  # noqa: PLC0415  as above
            CounterMetricFamily,
            GaugeMetricFamily,
            HistogramMetricFamily,
        )

        names, common = tuple(self._labels), tuple(self._labels.values())
        requests = CounterMetricFamily(
            "argosy_requests", "Requests answered", labels=(*names, "protocol", "code")
        )
        for (protocol, code), count in self.requests.items():
            requests.add_metric((*common, protocol, str(code)), count)
        yield requests
        restarts = CounterMetricFamily(
            "argosy_worker_restarts", "Workers replaced", labels=(*names, "reason")
        )
        for reason, count in self.worker_restarts.items():
            restarts.add_metric((*common, reason), count)
        yield restarts
        tokens = CounterMetricFamily(
            "argosy_tokens",
            "Tokens of prompts (in) and answers (out)",
            labels=(*names, "direction"),
        )
        for direction in ("in", "out"):
            tokens.add_metric((*common, direction), self.tokens[direction])
        yield tokens
        spans = CounterMetricFamily(
            "argosy_spans", "Spans of traces, sent or dropped", labels=(*names, "result")
        )
        for result, count in self.spans().items():
            spans.add_metric((*common, result), count)
        yield spans
        durations = HistogramMetricFamily(
            "argosy_request_seconds",
            "Time from a request to the end of its answer",
            labels=(*names, "protocol"),
        )
        for protocol, histogram in self.request_seconds.items():
            durations.add_metric(
                (*common, protocol), buckets=histogram.buckets(), sum_value=histogram.total
            )
        yield durations
        for name, text, histogram in (
            (
                "argosy_time_to_first_token_seconds",
                "Time from a request to the first piece of its stream",
                self.first_token_seconds,
            ),
            (
                "argosy_time_per_output_token_seconds",
                "Time between two pieces of a stream",
                self.token_seconds,
            ),
            ("argosy_queue_seconds", "Time a row waited for a worker", self.queue_seconds),
            ("argosy_batch_rows", "Rows sent to a worker at once", self.batch_rows),
        ):
            family = HistogramMetricFamily(name, text, labels=names)
            family.add_metric(common, buckets=histogram.buckets(), sum_value=histogram.total)
            yield family
        for name, text, value in (
            ("argosy_queue_depth", "Rows that wait for a worker", self.queue_depth()),
            ("argosy_in_flight", "Requests being answered", self.in_flight),
            ("argosy_load_seconds", "Time the model took to load", self.load_seconds),
            ("argosy_warm_up_seconds", "Time the warm-up took", self.warm_up_seconds),
        ):
            gauge = GaugeMetricFamily(name, text, labels=names)
            gauge.add_metric(common, value)
            yield gauge


def table() -> str:
    """Every family by its name on the wire, for `docs/metrics.md`."""
    metrics = Metrics("", "", "")
    metrics.answered("predict", 200, 0.0)
    metrics.worker_restarts["died"] += 1
    metrics.spans = lambda: {"sent": 0}
    lines = [
        "| metric | type | labels beside model, revision, replica | what |",
        "|---|---|---|---|",
    ]
    for family in metrics.collect():
        own = {name for sample in family.samples for name in sample.labels}
        labels = ", ".join(sorted(own - {"model", "revision", "replica", "le"}))
        name = f"{family.name}_total" if family.type == "counter" else family.name
        lines.append(f"| `{name}` | {family.type} | {labels} | {family.documentation} |")
    return "\n".join(lines) + "\n"


class Timing:
    """Of one stream: when its first piece came, and each after it. ``began`` is by perf_counter."""

    __slots__ = ("_last", "_metrics", "pieces")

    def __init__(self, metrics: Metrics, began: float) -> None:
        self._metrics = metrics
        self._last = began
        self.pieces = 0

    def token(self) -> None:
        """A piece has come."""
        now = time.perf_counter()
        histogram = (
            self._metrics.token_seconds if self.pieces else self._metrics.first_token_seconds
        )
        histogram.observe(now - self._last)
        self._last = now
        self.pieces += 1
