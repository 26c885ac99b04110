from __future__ import annotations

import asyncio
import time

import httpx
import pytest
from prometheus_client.core import Metric

from argosy.gateway.gateway import Gateway
from argosy.gateway.metrics import families
from argosy.gateway.routing import Route, Routing
from argosy.stack.model import Gateway as Settings
from argosy.stack.model import Limits, Rate
from tests.gateway.conftest import Pair, Serve, digits, routing
from tests.waiting import PATIENCE, PAUSE

Values = dict[tuple[str, tuple[tuple[str, str], ...]], float]
SERIES = """\
# TYPE envoy_argosy_requests counter
envoy_argosy_requests{of="",code="404"} 1
envoy_argosy_requests{of="digits.r2",code="0"} 2
envoy_argosy_requests{of="digits.r2",code="499"} 2
envoy_argosy_requests{of="digits.r2.grpc",code="499"} 1
envoy_argosy_requests{of="digits",code="503"} 6
envoy_argosy_requests{model="digits",revision="r2",code="200"} 9
# TYPE envoy_cluster_upstream_rq_active gauge
envoy_cluster_upstream_rq_active{envoy_cluster_name="argosy_control"} 9
envoy_cluster_upstream_rq_active{envoy_cluster_name="argosy_r1"} 1
envoy_cluster_upstream_rq_active{envoy_cluster_name="digits_r2"} 4
envoy_cluster_upstream_rq_active{envoy_cluster_name="digits_r2_grpc"} 5
envoy_cluster_upstream_rq_active{envoy_cluster_name="digits_r2_probes"} 9
# TYPE envoy_cluster_membership_healthy gauge
envoy_cluster_membership_healthy{envoy_cluster_name="digits_r2"} 2
envoy_cluster_membership_healthy{envoy_cluster_name="digits_r2_grpc"} 2
# TYPE envoy_http_downstream_cx_active gauge
envoy_http_downstream_cx_active{envoy_http_conn_manager_prefix="gateway"} 7
envoy_http_downstream_cx_active{envoy_http_conn_manager_prefix="metrics"} 9
# TYPE envoy_argosy_request_time histogram
envoy_argosy_request_time_bucket{of="digits.r2",le="2500"} 1
envoy_argosy_request_time_bucket{of="digits.r2",le="600000000"} 2
envoy_argosy_request_time_bucket{of="digits.r2",le="+Inf"} 3
envoy_argosy_request_time_sum{of="digits.r2"} 2500000
envoy_argosy_request_time_count{of="digits.r2"} 3
"""


def values(found: list[Metric]) -> Values:
    return {
        (sample.name, tuple(sample.labels.items())): sample.value
        for family in found
        for sample in family.samples
    }


def test_series_of_envoy_become_ours() -> None:
    digits = (("model", "digits"), ("revision", "r2"))
    seconds = "argosy_gateway_request_seconds"
    assert values(list(families(SERIES))) == {
        ("argosy_gateway_requests_total", (("model", ""), ("revision", ""), ("code", "404"))): 1,
        ("argosy_gateway_requests_total", (*digits, ("code", "499"))): 5,
        (
            "argosy_gateway_requests_total",
            (("model", "digits"), ("revision", ""), ("code", "503")),
        ): 6,
        ("argosy_gateway_in_flight", (("model", "argosy"), ("revision", "r1"))): 1,
        ("argosy_gateway_in_flight", digits): 9,
        ("argosy_gateway_ready_replicas", digits): 2,
        ("argosy_gateway_connections", ()): 7,
        (f"{seconds}_bucket", (*digits, ("le", "0.0025"))): 1,
        (f"{seconds}_bucket", (*digits, ("le", "600.0"))): 2,
        (f"{seconds}_bucket", (*digits, ("le", "+Inf"))): 3,
        (f"{seconds}_sum", digits): 2.5,
        (f"{seconds}_count", digits): 3,
    }


async def told(gateway: Gateway, name: str, count: float, **labels: str) -> Values:
    """The metrics, once this one has this value: Envoy puts histograms together every second."""
    end = time.monotonic() + PATIENCE
    while True:
        found = values(list(families(await gateway.stats())))
        if found.get((name, tuple(labels.items()))) == count:
            return found
        assert time.monotonic() < end, found
        await asyncio.sleep(PAUSE)


async def test_requests_are_counted_by_model_and_code(
    serve: Serve, gateway: Gateway, client: httpx.AsyncClient, replicas: Pair
) -> None:
    await serve(digits(*replicas), Route("chat", (), "it loads"))

    for path in ("/api/digits", "/api/digits", "/api/chat", "/nowhere"):
        await client.get(path)
    with pytest.raises(httpx.ReadTimeout):
        await client.get("/api/digits?delay=5", timeout=0.2)

    name = "argosy_gateway_requests_total"
    found = await told(gateway, name, 1, model="digits", revision="r1", code="499")
    counts = {
        tuple(dict(labels).values()): value for (n, labels), value in found.items() if n == name
    }
    assert counts == {
        ("digits", "r1", "200"): 2,
        ("digits", "r1", "499"): 1,
        ("chat", "", "503"): 1,
        ("", "", "404"): 1,
    }
    whole = "argosy_gateway_request_seconds_count"
    found = await told(gateway, whole, 2, model="digits", revision="r1")
    assert found["argosy_gateway_ready_replicas", (("model", "digits"), ("revision", "r1"))] == 2
    assert found["argosy_gateway_connections_opened_total", ()] >= 1
    assert found["argosy_gateway_memory_bytes", ()] > 1 << 20


async def test_the_time_to_the_first_token_is_that_of_streams_and_counts_the_wait(
    serve: Serve, gateway: Gateway, client: httpx.AsyncClient, replicas: Pair
) -> None:
    await serve(digits(replicas[0]))

    await client.get("/api/digits?delay=0.3&stream=3&type=text/event-stream")
    await client.get("/api/digits?delay=0.3")

    name = "argosy_gateway_time_to_first_token_seconds"
    model = {"model": "digits", "revision": "r1"}
    await told(gateway, f"{name}_count", 1, **model)
    found = await told(gateway, "argosy_gateway_request_seconds_count", 2, **model)
    assert found[f"{name}_bucket", (*model.items(), ("le", "0.25"))] == 0
    assert found[f"{name}_bucket", (*model.items(), ("le", "0.5"))] == 1
    whole = "argosy_gateway_request_seconds"
    assert found[f"{whole}_bucket", (*model.items(), ("le", "0.5"))] == 1  # the stream took longer


async def test_of_openai_requests_those_that_ask_for_a_stream_have_a_time_to_the_first_token(
    serve: Serve, gateway: Gateway, client: httpx.AsyncClient, replicas: Pair
) -> None:
    await serve(digits(replicas[0]))

    events = "/v1/chat/completions?stream=3&type=text/event-stream"
    for asked in ({"stream": True}, {"stream": 1}, {"stream": "true"}, {"stream": False}, {}):
        body = {"model": "digits", **asked}
        answer = await client.post(events if asked.get("stream") else "/v1/embeddings", json=body)
        assert answer.status_code == 200

    model = {"model": "digits", "revision": "r1"}
    await told(gateway, "argosy_gateway_request_seconds_count", 5, **model)
    await told(gateway, "argosy_gateway_time_to_first_token_seconds_count", 3, **model)


async def test_a_retry_is_counted(
    serve: Serve,
    gateway: Gateway,
    client: httpx.AsyncClient,
    mortals: Pair,
    silent_death: dict[str, str],
) -> None:
    await serve(digits(*mortals))

    await client.get("/api/digits", params=silent_death)

    await told(gateway, "argosy_gateway_retries_total", 1, model="digits", revision="r1")


async def test_refusals_are_counted_by_their_limit(
    gateway: Gateway, listen: str, client: httpx.AsyncClient, replicas: Pair
) -> None:
    limits = Limits(per_address=Rate(2, 60.0))
    await gateway.serve(routing(listen, digits(*replicas), limits=limits))

    codes = [(await client.get("/api/digits")).status_code for _ in range(4)]

    assert codes == [200, 200, 429, 429]
    await told(gateway, "argosy_gateway_rate_limited_total", 2, limit="address")


async def test_counts_go_on_when_the_listener_changes(
    gateway: Gateway, client: httpx.AsyncClient, listen: str, replicas: Pair
) -> None:
    routes = (digits(replicas[0]),)
    await gateway.serve(Routing("desk", Settings(listen), routes))
    await client.get("/api/digits")

    traced = Settings(listen, traces="http://127.0.0.1:9")
    await gateway.publish(Routing("desk", traced, routes))
    await client.get("/api/digits")

    counted = {"model": "digits", "revision": "r1", "code": "200"}
    await told(gateway, "argosy_gateway_requests_total", 2, **counted)
    whole = "argosy_gateway_request_seconds_count"
    await told(gateway, whole, 2, model="digits", revision="r1")
