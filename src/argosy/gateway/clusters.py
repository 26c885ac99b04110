"""The clusters of Envoy, one for each address that a model's replicas have, and who is in them.

No I/O here.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from argosy.gateway import issuers, open_inference_grpc
from argosy.gateway.entries import TYPE, Resource, known
from argosy.gateway.routing import Route, Routing, host_and_port

UNLIMITED = 1_000_000
CONNECT = "5s"
HTTP_1: Resource = {"http_protocol_options": {}}
HTTP_2: Resource = {"http2_protocol_options": {}}
STATISTICS = str.maketrans(".:", "__")  # Envoy would take what follows a dot for another name
UPSTREAM_IDLE = "300s"  # below the runner's keep-alive, so that Envoy closes first


def clusters(routing: Routing) -> dict[str, Resource]:
    """By name: of every model, its probes and its gRPC where they differ, and of issuers."""
    return {
        **{name: _cluster(name, HTTP_1) for name, _ in _http(routing)},
        **{name: _cluster(name, HTTP_2) for name, _ in _grpc(routing)},
        **issuers.clusters(routing),
    }


def endpoints(routing: Routing) -> dict[str, Resource]:
    """Who answers for each of the `clusters` of a model."""
    named = (*_http(routing), *_grpc(routing))
    return {name: _endpoints(name, addresses, routing.names) for name, addresses in named}


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


def model_and_revision(cluster: str) -> tuple[str, str]:
    """Whose cluster it is, by its name; the revision is empty where the name has none."""
    model, *parts = cluster.partition(":")[0].split(".")
    revision = next((part for part in parts if re.fullmatch(r"r\d+", part)), "")
    return model, revision


def _cluster(name: str, protocol: Resource) -> Resource:
    unlimited = ("max_connections", "max_pending_requests", "max_requests", "max_retries")
    options = f"{TYPE.removeprefix('type.googleapis.com/')}upstreams.http.v3.HttpProtocolOptions"
    return {
        "name": name,
        "alt_stat_name": name.translate(STATISTICS),
        "metadata": _identity(name),
        "type": "EDS",
        "eds_cluster_config": {"eds_config": {"ads": {}, "resource_api_version": "V3"}},
        "connect_timeout": CONNECT,
        "lb_policy": "LEAST_REQUEST",
        "common_lb_config": {"healthy_panic_threshold": {"value": 0}},
        "circuit_breakers": {"thresholds": [dict.fromkeys(unlimited, UNLIMITED)]},
        "typed_extension_protocol_options": {
            options: {
                "@type": f"type.googleapis.com/{options}",
                "common_http_protocol_options": {"idle_timeout": UPSTREAM_IDLE},
                "explicit_http_config": protocol,
            }
        },
    }


def _identity(name: str) -> Resource:
    model, revision = model_and_revision(name)
    return known(model=model, **({"revision": revision} if revision else {}))


def _endpoints(name: str, addresses: tuple[str, ...], names: Mapping[str, str]) -> Resource:
    hosts = [
        {
            "endpoint": {"address": address(one)},
            **({"metadata": known(replica=names[one])} if one in names else {}),
        }
        for one in addresses
    ]
    return {"cluster_name": name, "endpoints": [{"lb_endpoints": hosts}] if hosts else []}
