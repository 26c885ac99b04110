from __future__ import annotations

import json
from typing import Any

import pytest

from argosy.gateway.resources.capacity import circuit_breakers, outlier_detection
from argosy.gateway.resources.clusters import address
from argosy.gateway.resources.entries import ON
from argosy.gateway.resources.snapshot import snapshot
from argosy.gateway.routing import Route, Routing
from argosy.stack.model import Gateway
from tests.gateway.conftest import form_of, serving

OPTIONS = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"
DIGITS = Route("digits", serving("unix:/run/a", "10.0.0.1:9000"), timeout=2.5)
CHAT = Route("chat", serving(), "it loads", 9)
DESK = Routing("desk", Gateway("127.0.0.1:8080"), (DIGITS, CHAT))


def test_each_revision_has_a_cluster() -> None:
    cluster = {
        "type": "EDS",
        "eds_cluster_config": {"eds_config": {"ads": {}, "resource_api_version": "V3"}},
        "connect_timeout": "5s",
        "lb_policy": "LEAST_REQUEST",
        "least_request_lb_config": {"choice_count": 4},
        "common_lb_config": {"healthy_panic_threshold": {"value": 1}},
        "circuit_breakers": circuit_breakers(None),
        "outlier_detection": outlier_detection(),
        "typed_extension_protocol_options": {
            OPTIONS: {
                "@type": f"type.googleapis.com/{OPTIONS}",
                "common_http_protocol_options": {"idle_timeout": "300s"},
                "explicit_http_config": {"http_protocol_options": {}},
            }
        },
    }

    assert snapshot(DESK).clusters == {
        "digits.r1": {**_named("digits"), **cluster},
        "chat.r1": {**_named("chat"), **cluster},
    }


def _named(model: str) -> dict[str, Any]:
    known = {"filter_metadata": {"argosy": {"revision": "r1"}}}
    return {"name": f"{model}.r1", "alt_stat_name": f"{model}_r1", "metadata": known}


def test_requests_in_flight_are_bounded_by_the_capacity_and_probes_are_not() -> None:
    route = Route("chat", serving("unix:/run/e", probe_endpoints=("unix:/run/s",), capacity=7))
    clusters = snapshot(Routing("desk", Gateway("127.0.0.1:8080"), (route,))).clusters

    assert clusters["chat.r1"]["circuit_breakers"] == circuit_breakers(7)
    assert clusters["chat.r1.probes"]["circuit_breakers"] == circuit_breakers(None)
    assert "outlier_detection" not in clusters["chat.r1.probes"]


def test_endpoints_are_the_ready_replicas() -> None:
    pipe = {"endpoint": {"address": {"pipe": {"path": "/run/a"}}}}
    host = {"socket_address": {"address": "10.0.0.1", "port_value": 9000}}

    assert snapshot(DESK).endpoints == {
        "digits.r1": {
            "cluster_name": "digits.r1",
            "endpoints": [{"lb_endpoints": [pipe, {"endpoint": {"address": host}}]}],
        },
        "chat.r1": {"cluster_name": "chat.r1", "endpoints": []},
    }


def test_a_replica_is_known_by_its_name() -> None:
    named = Routing("desk", Gateway(), (DIGITS,), names={"unix:/run/a": "digits.r1.1"})

    first, second = snapshot(named).endpoints["digits.r1"]["endpoints"][0]["lb_endpoints"]

    assert first["metadata"] == {"filter_metadata": {"argosy": {"replica": "digits.r1.1"}}}
    assert "metadata" not in second


def test_grpc_has_a_cluster_of_its_own_where_it_is_spoken() -> None:
    speaking = Route("digits", serving("unix:/run/s", grpc_endpoints=("unix:/run/g",)))
    made = snapshot(Routing("desk", Gateway("127.0.0.1:8080"), (speaking, CHAT)))

    assert set(made.clusters) == set(made.endpoints) == {"digits.r1", "chat.r1", "digits.r1.grpc"}
    options = made.clusters["digits.r1"]["typed_extension_protocol_options"][OPTIONS]
    http_2 = {**options, "explicit_http_config": {"http2_protocol_options": {}}}
    assert made.clusters["digits.r1.grpc"] == {
        **made.clusters["digits.r1"],
        "name": "digits.r1.grpc",
        "alt_stat_name": "digits_r1_grpc",
        "typed_extension_protocol_options": {OPTIONS: http_2},
    }
    pipe = {"endpoint": {"address": {"pipe": {"path": "/run/g"}}}}
    assert made.endpoints["digits.r1.grpc"] == {
        "cluster_name": "digits.r1.grpc",
        "endpoints": [{"lb_endpoints": [pipe]}],
    }


def test_a_model_with_replicas_is_routed_to_them() -> None:
    predicate = "envoy.retry_host_predicates.previous_hosts"
    kind = "envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate"
    action = {
        "cluster": "digits.r1",
        "timeout": "0s",
        "idle_timeout": "2.500s",
        "retry_policy": {
            "retry_on": "connect-failure,refused-stream,reset",
            "num_retries": 3,
            "retry_back_off": {"base_interval": "0.025s", "max_interval": "0.250s"},
            "retry_host_predicate": [
                {"name": predicate, "typed_config": {"@type": f"type.googleapis.com/{kind}"}}
            ],
            "host_selection_retry_max_attempts": 500,
        },
    }

    expected = (
        ({"path": "/api/digits"}, "/predict"),
        ({"path": "/api/digits/"}, "/predict"),
        ({"path": "/models/digits"}, "/"),
        ({"prefix": "/models/digits/"}, "/"),
    )
    known = {"filter_metadata": {"argosy": {"model": "digits", "counted": "yes"}}}
    keep_path = {"argosy.path": ON}
    assert _routes("digits") == [
        {
            "name": "digits",
            "match": match,
            "route": {**action, "prefix_rewrite": path},
            "metadata": known,
            "typed_per_filter_config": keep_path,
        }
        for match, path in expected
    ]


def test_a_model_without_replicas_is_answered_for() -> None:
    for route in _routes("chat"):
        reply = route["direct_response"]
        assert reply["status"] == 503
        assert json.loads(reply["body"]["inline_string"])["reason"] == "it loads"
        assert route["name"] == "chat"
        assert route["metadata"] == {"filter_metadata": {"argosy": {"model": "chat"}}}
        assert route["response_headers_to_add"] == [
            {
                "header": {"key": "retry-after", "value": "9"},
                "append_action": "OVERWRITE_IF_EXISTS_OR_ADD",
            }
        ]


def test_a_route_names_no_cluster_that_does_not_exist() -> None:
    made = snapshot(DESK)
    assert made.routes["gateway"]["validate_clusters"] is True
    named = {route["route"]["cluster"] for route in _all_routes(made.routes) if "route" in route}
    assert named <= set(made.clusters)


def test_the_listener_shares_its_port_with_nobody() -> None:
    listener = snapshot(DESK).listeners["gateway"]

    assert listener["enable_reuse_port"] is False
    assert listener["address"] == {
        "socket_address": {"address": "127.0.0.1", "port_value": 8080},
    }


def test_equal_routings_give_equal_snapshots() -> None:
    assert snapshot(DESK) == snapshot(Routing(DESK.stack, DESK.gateway, DESK.routes))


@pytest.mark.parametrize(
    ("text", "host", "port"),
    [("[::1]:80", "::1", 80), ("localhost:81", "127.0.0.1", 81), ("0.0.0.0:82", "0.0.0.0", 82)],
)
def test_addresses_are_numbers(text: str, host: str, port: int) -> None:
    assert address(text) == {"socket_address": {"address": host, "port_value": port}}


def _routes(model: str) -> list[dict[str, Any]]:
    paths = {f"/api/{model}", f"/api/{model}/", f"/models/{model}", f"/models/{model}/"}
    found = []
    for route in _all_routes(snapshot(DESK).routes):
        match = route["match"]
        if match.get("path", match.get("prefix")) in paths:
            found.append(route)
    return found


def _all_routes(tables: dict[str, Any]) -> list[dict[str, Any]]:
    (host,) = tables["gateway"]["virtual_hosts"]
    routes: list[dict[str, Any]] = host["routes"]
    return routes


def test_an_engine_that_is_a_server_of_its_own_has_others_answer_for_it() -> None:
    route = Route("chat", serving("unix:/run/e", probe_endpoints=("unix:/run/s",)))
    told = snapshot(Routing("desk", Gateway("127.0.0.1:8080"), (route,)))
    assert list(told.clusters) == list(told.endpoints) == ["chat.r1", "chat.r1.probes"]
    pipe = {"endpoint": {"address": {"pipe": {"path": "/run/s"}}}}
    assert told.endpoints["chat.r1.probes"]["endpoints"] == [{"lb_endpoints": [pipe]}]
    (host,) = told.routes["gateway"]["virtual_hosts"]
    led = [
        (entry["match"], entry["route"]["cluster"], entry["route"].get("prefix_rewrite"))
        for entry in host["routes"]
        if "route" in entry and form_of(entry) is None
    ]
    assert led[:3] == [
        ({"path": f"/models/chat{path}"}, "chat.r1.probes", path)
        for path in ("/health", "/ready", "/metrics")
    ]
    assert {cluster for _, cluster, _ in led[3:]} == {"chat.r1"}


def test_its_probes_stay_known_while_none_is_ready() -> None:
    route = Route("chat", serving(probe_endpoints=()))
    told = snapshot(Routing("desk", Gateway("127.0.0.1:8080"), (route,)))
    assert told.endpoints["chat.r1.probes"] == {"cluster_name": "chat.r1.probes", "endpoints": []}
