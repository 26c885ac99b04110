"""The clusters of Envoy, one for each address that a model's replicas have, and who is in them.

No I/O here.
"""

from __future__ import annotations

from argosy.gateway import capacity, issuers, open_inference_grpc
from argosy.gateway.entries import TYPE, Resource
from argosy.gateway.routing import Route, Routing, host_and_port

CONNECT = "5s"
HTTP_1: Resource = {"http_protocol_options": {}}
HTTP_2: Resource = {"http2_protocol_options": {}}
UPSTREAM_IDLE = "300s"  # below the runner's keep-alive, so that Envoy closes first


def clusters(routing: Routing) -> dict[str, Resource]:
    """By name: of every model, its probes and its gRPC where they differ, and of issuers."""
    bounds = _bounds(routing)
    return {
        **{name: _cluster(name, HTTP_1, bounds[name]) for name, _ in _http(routing)},
        **{name: _cluster(name, HTTP_2, bounds[name]) for name, _ in _grpc(routing)},
        **issuers.clusters(routing),
    }


def endpoints(routing: Routing) -> dict[str, Resource]:
    """Who answers for each of the `clusters` of a model."""
    named = (*_http(routing), *_grpc(routing))
    return {name: _endpoints(name, addresses) for name, addresses in named}


def address(text: str) -> Resource:
    """Envoy's form of ``unix:/path`` or ``host:port``."""
    if text.startswith("unix:"):
        return {"pipe": {"path": text.removeprefix("unix:")}}
    host, port = host_and_port(text)
    return {"socket_address": {"address": host, "port_value": port}}


def probes(route: Route) -> str:
    """The cluster of those who answer for an engine; no model has a dot in its name."""
    return f"{route.model}.probes"


def _http(routing: Routing) -> list[tuple[str, tuple[str, ...]]]:
    found = [(route.model, route.endpoints) for route in routing.routes]
    found += [
        (probes(route), route.probe_endpoints)
        for route in routing.routes
        if route.probe_endpoints is not None
    ]
    return found


def _grpc(routing: Routing) -> list[tuple[str, tuple[str, ...]]]:
    return [
        (open_inference_grpc.cluster(route.model), route.grpc_endpoints)
        for route in routing.routes
        if route.grpc_endpoints
    ]


def _bounds(routing: Routing) -> dict[str, Resource]:
    """By the name of a cluster. Who answers probes is asked however often it says "not ready"."""
    found = {}
    for route in routing.routes:
        model = {
            "circuit_breakers": capacity.circuit_breakers(route.capacity),
            "outlier_detection": capacity.outlier_detection(),
        }
        found[route.model] = found[open_inference_grpc.cluster(route.model)] = model
        found[probes(route)] = {"circuit_breakers": capacity.circuit_breakers(None)}
    return found


def _cluster(name: str, protocol: Resource, bounds: Resource) -> Resource:
    options = f"{TYPE.removeprefix('type.googleapis.com/')}upstreams.http.v3.HttpProtocolOptions"
    return {
        "name": name,
        "type": "EDS",
        "eds_cluster_config": {"eds_config": {"ads": {}, "resource_api_version": "V3"}},
        "connect_timeout": CONNECT,
        "lb_policy": "LEAST_REQUEST",
        "common_lb_config": {"healthy_panic_threshold": {"value": capacity.PANIC}},
        **bounds,
        "typed_extension_protocol_options": {
            options: {
                "@type": f"type.googleapis.com/{options}",
                "common_http_protocol_options": {"idle_timeout": UPSTREAM_IDLE},
                "explicit_http_config": protocol,
            }
        },
    }


def _endpoints(name: str, addresses: tuple[str, ...]) -> Resource:
    hosts = [{"endpoint": {"address": address(one)}} for one in addresses]
    return {"cluster_name": name, "endpoints": [{"lb_endpoints": hosts}] if hosts else []}
