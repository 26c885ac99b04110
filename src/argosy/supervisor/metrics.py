"""One text of metrics for a whole stack: the gateway's, every replica's, and what is known of them.

A scrape asks Envoy and all replicas at once. Who does not answer in time is left out, and that is
told.
"""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

import httpx

from argosy.errors import GatewayError
from argosy.gateway import metrics as gateway_metrics
from argosy.gateway.gateway import Gateway
from argosy.platforms.platform import Replica
from argosy.supervisor.exposition import merge

if TYPE_CHECKING:
    from prometheus_client.core import Metric

ANSWER_SECONDS = 2.0
AT_ONCE = 32

REPLICAS = ("argosy_replicas", "Replicas by their state")
STARTS = ("argosy_replica_restarts", "Times that replicas were started again")
ANSWERED = ("argosy_replica_metrics_answered", "Whether the replica told its own metrics")
PROBED = ("argosy_probe_accuracy", "Mean score of the last probe, from 0 to 1")
GATEWAY_UP = ("argosy_gateway_up", "Whether Envoy told its metrics")
GATEWAY_RESTARTS = ("argosy_gateway_restarts", "Times that Envoy was started again")


async def text(gateway: Gateway, replicas: Sequence[Replica]) -> str:
    """In Prometheus' text form. Never raises for a part that does not answer."""
    from prometheus_client import CollectorRegistry, generate_latest  # noqa: PLC0415  25 ms
    from prometheus_client.registry import Collector  # noqa: PLC0415

    told, limits, answers = await asyncio.gather(
        _of_gateway(gateway), gateway.limits_stats(), of_replicas(replicas)
    )
    restarts = gateway.observe().restarts

    class Own(Collector):
        def collect(self) -> Iterator[Metric]:
            yield from gateway_metrics.families(told or "")
            yield from _known(replicas, answers, restarts, up=told is not None)

    registry = CollectorRegistry(auto_describe=False)
    registry.register(Own())
    return merge([generate_latest(registry).decode(), limits, *(one for one in answers if one)])


async def _of_gateway(gateway: Gateway) -> str | None:
    try:
        return await gateway.stats(f"filter={gateway_metrics.asked()}")
    except GatewayError:
        return None


async def of_replicas(replicas: Sequence[Replica]) -> list[str | None]:
    """What each tells by itself; None without an answer."""
    turn = asyncio.Semaphore(AT_ONCE)

    async def ask(replica: Replica) -> str | None:
        async with turn:
            return await _ask(replica)

    return await asyncio.gather(*(ask(replica) for replica in replicas))


async def _ask(replica: Replica) -> str | None:
    """None without an answer: it starts, it is busy, it has gone."""
    socket = replica.address.removeprefix("unix:")
    transport = httpx.AsyncHTTPTransport(uds=socket if socket != replica.address else None)
    base = "http://replica" if socket != replica.address else f"http://{replica.address}"
    try:
        async with httpx.AsyncClient(transport=transport, timeout=ANSWER_SECONDS) as client:
            answer = await client.get(f"{base}/metrics")
            return _named(answer.text, replica) if answer.is_success else None
    except httpx.HTTPError:
        return None


def _named(text: str, replica: Replica) -> str:
    """Its samples under the name that it has here; a container calls itself by its host's."""
    return re.sub(r'(?m)^(argosy_.*[{,]replica=")[^"]*"', rf'\1{replica.name}"', text)


def _known(
    replicas: Sequence[Replica], answers: Sequence[str | None], restarts: int, *, up: bool
) -> Iterator[Metric]:
    """What the supervisor knows without asking."""
    from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily  # noqa: PLC0415

    states = GaugeMetricFamily(*REPLICAS, labels=("model", "revision", "state"))
    counts = Counter((one.model, f"r{one.revision}", str(one.state)) for one in replicas)
    for labels, count in counts.items():
        states.add_metric(labels, count)
    yield states
    names = ("model", "revision", "replica")
    started = CounterMetricFamily(*STARTS, labels=names)
    answered = GaugeMetricFamily(*ANSWERED, labels=names)
    probed = GaugeMetricFamily(*PROBED, labels=names)
    for replica, answer in zip(replicas, answers, strict=True):
        who = (replica.model, f"r{replica.revision}", replica.name)
        started.add_metric(who, replica.restarts)
        answered.add_metric(who, answer is not None)
        if replica.accuracy is not None:
            probed.add_metric(who, replica.accuracy)
    yield started
    yield answered
    yield probed
    yield GaugeMetricFamily(*GATEWAY_UP, value=up)
    yield CounterMetricFamily(*GATEWAY_RESTARTS, value=restarts)


DOCUMENT = """\
# Metrics

`argosy metrics` prints all metrics of a stack in Prometheus' text form. With
`gateway: {{metrics: 127.0.0.1:9901}}` in the stack file they are also at
`http://127.0.0.1:9901/metrics`, for one scrape of the gateway and of every replica:

```yaml
scrape_configs:
- job_name: argosy
  static_configs: [{{targets: ["127.0.0.1:9901"]}}]
```

The address is not that of the callers, and needs no key: keep it on loopback or in a network of
your own. The supervisor answers there, through Envoy; while there is no supervisor the answer is
503, and counting goes on. These tables are made from the code by `scripts/docs`.

## The gateway

Measured by Envoy when a request is over; nothing waits for it and nothing is sampled. `revision` is
empty where no replica was asked, `model` where the request named none. A request whose caller left
before an answer counts as code 499, and has no duration. Copies of requests, as [shadow
traffic](rollouts.md#shadow-traffic) makes them, are in none of these; in those of the replicas that
answer them they are, as work like any other.

{gateway}
The time to the first token is that of streams (`text/event-stream`), from the first byte of the
request to the first byte of the answer's body: waiting for a replica, its queue and a cold start
are in it. Sums are right to about a percent. Buckets are those of the replicas.

## The stack

{stack}
## Replicas

Every replica tells these at its own `/metrics` too; at the gateway `/models/<model>/metrics` is
that of one of the model's replicas.

{replicas}
Durations are in seconds; the buckets reach from 1 ms to 10 min. A stream's first piece counts as
its first token, and each later piece as one more. `protocol` is `predict`, `openai`,
`open_inference` or `open_inference_grpc`; a request whose client has left counts as code 499.
Engines that are servers of their own tell theirs beside these, under their own names.
"""


def document() -> str:
    """The text of `docs/metrics.md`."""
    from argosy_runner import metrics as runner_metrics  # noqa: PLC0415

    return DOCUMENT.format(
        gateway=gateway_metrics.table(), stack=_table(), replicas=runner_metrics.table()
    )


def _table() -> str:
    lines = ["| metric | type | labels | what |", "|---|---|---|---|"]
    replica = Replica("", 1, 1, "ready", accuracy=1.0)
    for family in _known([replica], [""], 0, up=True):
        name = f"{family.name}_total" if family.type == "counter" else family.name
        labels = ", ".join(family.samples[0].labels)
        lines.append(f"| `{name}` | {family.type} | {labels} | {family.documentation} |")
    return "\n".join(lines) + "\n"
