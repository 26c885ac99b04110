"""Envoy's metrics under our names, with model and revision as labels. No I/O here.

What a series of Envoy's is called here stands in one table, from which `docs/metrics.md` is made.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal
from urllib.parse import quote

from argosy.gateway.resources import measures

if TYPE_CHECKING:
    from prometheus_client.core import Metric

Labels = dict[str, str]
Sample = tuple[str, Labels, float]

SAMPLE = re.compile(r"^(?P<name>\w+)\{(?P<labels>.*)\} (?P<value>\S+)$")
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')
MICROSECOND = 1e-6
CLIENT_CLOSED_REQUEST = "499"  # nginx's, and the replicas': the caller left before an answer
CLUSTER = re.compile(r"(?P<model>[a-z0-9-]+)_(?P<revision>r\d+)(_grpc)?")


def _of_model(labels: Labels) -> Labels | None:
    """Of a series that our own loggers count; not of one that another version's do."""
    if measures.OF not in labels:
        return None
    model_name, _, rest = labels[measures.OF].partition(".")
    code = labels.get("code")
    told = {"code": CLIENT_CLOSED_REQUEST if code == "0" else code} if code else {}
    return {"model": model_name, "revision": rest.partition(".")[0], **told}


def _of_cluster(labels: Labels) -> Labels | None:
    """Of a model's clusters, but not of its probes', nor of the gateway's own."""
    found = CLUSTER.fullmatch(labels["envoy_cluster_name"])
    return {"model": found["model"], "revision": found["revision"]} if found else None


def _of_replicas(labels: Labels) -> Labels | None:
    """The same without the cluster for gRPC: its replicas are those of the other one."""
    grpc = labels["envoy_cluster_name"].endswith("_grpc")
    return None if grpc else _of_cluster(labels)


def _of_gateway(labels: Labels) -> Labels | None:
    """Of callers' connections, not of those that ask for metrics."""
    return {} if labels.get("envoy_http_conn_manager_prefix", "gateway") == "gateway" else None


def _of_limit(labels: Labels) -> Labels | None:
    return {"limit": next(iter(labels.values()), "")}


def _sent(_: Labels) -> Labels | None:
    return {"result": "sent"}


def _dropped(_: Labels) -> Labels | None:
    return {"result": "dropped"}


@dataclass(frozen=True)
class Source:
    """A metric of Envoy's: its ``name`` in Prometheus' form, and ``asked``, a regex in Envoy's own.

    ``labels`` gives ours for those of a series, or None for a series that does not count.
    """

    name: str
    asked: str
    labels: Callable[[Labels], Labels | None] = _of_gateway


@dataclass(frozen=True)
class Family:
    """One metric of ours. ``scale`` turns Envoy's unit into seconds or bytes."""

    name: str
    kind: Literal["counter", "gauge", "histogram"]
    help: str
    sources: tuple[Source, ...]
    label_names: tuple[str, ...] = ()
    scale: float = 1.0


MODEL = ("model", "revision")


def _measured(name: str) -> tuple[Source, ...]:
    return (Source(f"envoy_{measures.PREFIX}_{name}", rf"^{measures.PREFIX}\.{name}", _of_model),)


def _cluster(
    *names: str, labels: Callable[[Labels], Labels | None] = _of_cluster
) -> tuple[Source, ...]:
    return tuple(
        Source(f"envoy_cluster_{name.replace('.', '_')}", rf"^cluster\..*\.{name}$", labels)
        for name in names
    )


def _http(name: str) -> tuple[Source, ...]:
    return (Source(f"envoy_http_{name}", rf"^http\.gateway\.{name}$"),)


def _server(name: str) -> tuple[Source, ...]:
    return (Source(f"envoy_{name.replace('.', '_')}", rf"^{name}$"),)


def _limited() -> tuple[Source, ...]:
    name = "http_local_rate_limit.rate_limited"
    here = Source("envoy_http_local_rate_limit_rate_limited", rf"{name}$", _of_limit)
    away = Source("envoy_cluster_ratelimit_over_limit", r"ratelimit\.over_limit$", _of_limit)
    return (here, away)


def _spans() -> tuple[Source, ...]:
    sent, dropped = "tracing.opentelemetry.spans_sent", "tracing.opentelemetry.spans_dropped"
    return (
        Source("envoy_tracing_opentelemetry_spans_sent", f"{sent}$", _sent),
        Source("envoy_tracing_opentelemetry_spans_dropped", f"{dropped}$", _dropped),
    )


P = "argosy_gateway_"
FAMILIES = (
    Family(
        P + "requests", "counter", "Requests that are over",
        _measured(measures.REQUESTS), (*MODEL, "code"),
    ),
    Family(
        P + "request_seconds", "histogram", "Time from a request to the end of its answer",
        _measured(measures.REQUEST_TIME), MODEL, MICROSECOND,
    ),
    Family(
        P + "time_to_first_token_seconds", "histogram",
        "Time from a request to the first event of its stream, waiting for a replica included",
        _measured(measures.FIRST_TOKEN_TIME), MODEL, MICROSECOND,
    ),
    Family(
        P + "in_flight", "gauge", "Requests that replicas have not answered yet",
        _cluster("upstream_rq_active"), MODEL,
    ),
    Family(
        P + "waiting", "gauge", "Requests that wait for a connection to a replica",
        _cluster("upstream_rq_pending_active"), MODEL,
    ),
    Family(
        P + "ready_replicas", "gauge", "Replicas that requests are sent to",
        _cluster("membership_healthy", labels=_of_replicas), MODEL,
    ),
    Family(
        P + "retries", "counter", "Requests sent once more, to another replica",
        _cluster("upstream_rq_retry"), MODEL,
    ),
    Family(
        P + "refused", "counter", "Requests refused because too much was under way",
        _cluster("upstream_rq_pending_overflow", "upstream_cx_overflow"), MODEL,
    ),
    Family(
        P + "ejections", "counter", "Times that a replica was left out because it failed",
        _cluster("outlier_detection.ejections_enforced_total"), MODEL,
    ),
    Family(
        P + "ejected_replicas", "gauge", "Replicas that are left out now",
        _cluster("outlier_detection.ejections_active", labels=_of_replicas), MODEL,
    ),
    Family(P + "rate_limited", "counter", "Requests above a limit", _limited(), ("limit",)),
    Family(P + "connections", "gauge", "Connections of callers", _http("downstream_cx_active")),
    Family(
        P + "connections_opened", "counter", "Connections that callers have made",
        _http("downstream_cx_total"),
    ),
    Family(
        P + "received_bytes", "counter", "Bytes received from callers",
        _http("downstream_cx_rx_bytes_total"),
    ),
    Family(
        P + "sent_bytes", "counter", "Bytes sent to callers",
        _http("downstream_cx_tx_bytes_total"),
    ),
    Family(P + "memory_bytes", "gauge", "Memory of Envoy", _server("server.memory_physical_size")),
    Family(P + "uptime_seconds", "gauge", "Time since Envoy started", _server("server.uptime")),
    Family(
        P + "log_buffered_bytes", "gauge", "Bytes of the access log that are not written yet",
        _server("filesystem.write_total_buffered"),
    ),
    Family(
        P + "log_failures", "counter", "Writes of the access log that failed",
        _server("filesystem.write_failed"),
    ),
    Family(P + "spans", "counter", "Spans of traces, sent or dropped", _spans(), ("result",)),
)  # fmt: skip

BY_REVISION = FAMILIES[:3]  # what is measured of every request


def asked(of: Sequence[Family] = FAMILIES) -> str:
    """The filter by which Envoy's admin interface tells these and no others."""
    return quote("|".join(source.asked for family in of for source in family.sources), safe="")


def families(text: str, of: Sequence[Family] = FAMILIES) -> Iterator[Metric]:
    """Our families, made of what Envoy tells in Prometheus' text form."""
    from prometheus_client.core import Metric  # noqa: PLC0415  costs a start 25 ms

    samples = list(_samples(text))
    for family in of:
        metric = Metric(family.name, family.help, family.kind)
        for (suffix, labels), value in _added_up(family, samples).items():
            metric.add_sample(family.name + suffix, dict(labels), value)
        yield metric


def _samples(text: str) -> Iterator[Sample]:
    for line in text.splitlines():
        if found := SAMPLE.match(line):
            yield found["name"], dict(LABEL.findall(found["labels"])), float(found["value"])


def _added_up(
    family: Family, samples: list[Sample]
) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    """By suffix and labels: a model may have several clusters, Envoy a series for each."""
    values: dict[tuple[str, tuple[tuple[str, str], ...]], float] = {}
    for source in family.sources:
        for name, theirs, value in samples:
            if not name.startswith(source.name):
                continue
            suffix = name.removeprefix(source.name)
            bucket = theirs.get("le")
            labels = source.labels({key: text for key, text in theirs.items() if key != "le"})
            if labels is None or not _belongs(suffix, family):
                continue
            if bucket is not None:
                labels["le"] = _bound(bucket, family.scale)
            at = (_suffix(suffix, family), tuple(labels.items()))
            values[at] = values.get(at, 0.0) + value * (family.scale if suffix == "_sum" else 1.0)
    return values


def _belongs(suffix: str, family: Family) -> bool:
    """Whether a name with this end is of the family, and not of another that begins like it."""
    return suffix in ({"_bucket", "_sum", "_count"} if family.kind == "histogram" else {""})


def _suffix(suffix: str, family: Family) -> str:
    return "_total" if family.kind == "counter" else suffix


def _bound(bucket: str, scale: float) -> str:
    return bucket if bucket == "+Inf" else str(round(float(bucket) * scale, 9))


def table() -> str:
    """Every family by its name on the wire, for `docs/metrics.md`."""
    lines = ["| metric | type | labels | what |", "|---|---|---|---|"]
    for family in FAMILIES:
        name = f"{family.name}_total" if family.kind == "counter" else family.name
        labels = ", ".join(family.label_names)
        lines.append(f"| `{name}` | {family.kind} | {labels} | {family.help} |")
    return "\n".join(lines) + "\n"
