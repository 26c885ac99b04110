from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from argosy.gateway.gateway import Gateway
from argosy.gateway.routing import Routing
from argosy.stack.model import Gateway as Settings
from tests.collector import Collector, collecting
from tests.gateway.conftest import Pair, digits
from tests.gateway.test_access_log import logged
from tests.gateway.test_metrics import told

ELSEWHERE = f"00-{'a' * 32}-{'b' * 16}"


@pytest.fixture
def collector() -> Iterator[Collector]:
    with collecting() as made:
        yield made


async def seen(client: httpx.AsyncClient, **headers: str) -> str:
    """The ``traceparent`` that the replica gets."""
    answer = await client.get("/api/digits?token=secret", headers=headers)
    return str(answer.json()["headers"].get("traceparent", ""))


def traced(listen: str, replicas: Pair, collector: Collector, share: float = 1.0) -> Routing:
    settings = Settings(listen, traces=collector.address, trace_share=share)
    names = {replicas[0].address: "digits.r1.1"}
    return Routing("desk", settings, (digits(replicas[0]),), names=names)


async def test_a_request_begins_a_trace_that_the_log_names(
    gateway: Gateway,
    client: httpx.AsyncClient,
    listen: str,
    replicas: Pair,
    collector: Collector,
    run_folder: object,
) -> None:
    await gateway.serve(traced(listen, replicas, collector))

    _, trace_id, parent_id, flags = (await seen(client, authorization="Bearer secret")).split("-")

    (line,) = await logged(run_folder, 1)  # type: ignore[arg-type]
    assert line["trace_id"] == trace_id
    assert flags == "01"
    spans = {
        span.span_id: span
        for span in collector.trace(trace_id, "ingress", "router digits_r1 egress").values()
    }
    upstream = spans[parent_id]
    request = spans[upstream.parent_id]
    assert request.parent_id == ""
    assert (request.service, upstream.service) == ("gateway", "gateway")
    assert request.values["argosy.model"] == "digits"
    assert upstream.values["argosy.replica"] == "digits.r1.1"
    assert not request.failed
    assert "secret" not in repr(collector.spans)


async def test_a_trace_begun_elsewhere_is_continued(
    gateway: Gateway, client: httpx.AsyncClient, listen: str, replicas: Pair, collector: Collector
) -> None:
    await gateway.serve(traced(listen, replicas, collector, share=0.0))

    assert (await seen(client, traceparent=f"{ELSEWHERE}-01")).startswith(f"00-{'a' * 32}-")

    spans = collector.trace("a" * 32, "ingress")
    assert spans["ingress"].parent_id == "b" * 16


async def test_a_request_with_an_id_of_its_own_is_traced(
    gateway: Gateway, client: httpx.AsyncClient, listen: str, replicas: Pair, collector: Collector
) -> None:
    await gateway.serve(traced(listen, replicas, collector))

    trace_id = (await seen(client, **{"x-request-id": "no-uuid"})).split("-")[1]

    collector.trace(trace_id, "ingress")


@pytest.mark.parametrize(("share", "traceparent"), [(1.0, f"{ELSEWHERE}-00"), (0.0, "")])
async def test_what_is_not_sampled_is_not_sent_and_says_so(
    share: float,
    traceparent: str,
    gateway: Gateway,
    client: httpx.AsyncClient,
    listen: str,
    replicas: Pair,
    collector: Collector,
) -> None:
    await gateway.serve(traced(listen, replicas, collector, share))
    headers = {"traceparent": traceparent} if traceparent else {}

    assert (await seen(client, **headers)).endswith("-00")

    await seen(client, traceparent=f"00-{'c' * 32}-{'d' * 16}-01")  # and what comes after it is
    collector.trace("c" * 32, "ingress")
    assert {span.trace_id for span in collector.spans} == {"c" * 32}


async def test_without_a_collector_requests_are_answered_and_spans_are_counted(
    gateway: Gateway, client: httpx.AsyncClient, listen: str, replicas: Pair, collector: Collector
) -> None:
    collector.close()
    await gateway.serve(traced(listen, replicas, collector))

    assert (await client.get("/api/digits")).status_code == 200

    await told(gateway, "argosy_gateway_spans_total", 2, result="sent")  # out of Envoy, that is


async def test_without_an_address_nothing_is_traced(
    gateway: Gateway, client: httpx.AsyncClient, listen: str, replicas: Pair
) -> None:
    await gateway.serve(Routing("desk", Settings(listen), (digits(replicas[0]),)))

    assert await seen(client) == ""
    assert await seen(client, traceparent=f"{ELSEWHERE}-01") == f"{ELSEWHERE}-01"
