"""Where Prometheus asks: ``/metrics`` at an address of its own, answered by the supervisor.

No I/O here. The address is not that of the callers. Without a supervisor the answer is 503.
"""

from __future__ import annotations

from argosy.gateway.resources.clusters import CONNECT, address
from argosy.gateway.resources.entries import TYPE, Resource
from argosy.gateway.routing import Places, Routing

LISTENER = CLUSTER = "argosy:metrics"
PATH = "/metrics"
TIMEOUT = "10s"


def listeners(routing: Routing, places: Places) -> dict[str, Resource]:
    """By name; none where the stack file gives no address."""
    if not (routing.gateway.metrics and places.metrics_socket):
        return {}
    manager = "envoy.filters.network.http_connection_manager"
    chain = {"filters": [{"name": manager, "typed_config": _connection_manager()}]}
    one = {
        "name": LISTENER,
        "address": address(routing.gateway.metrics),
        "enable_reuse_port": False,
        "filter_chains": [chain],
    }
    return {LISTENER: one}


def clusters(routing: Routing, places: Places) -> dict[str, Resource]:
    """The supervisor."""
    if not listeners(routing, places):
        return {}
    endpoint = {"endpoint": {"address": {"pipe": {"path": places.metrics_socket}}}}
    one = {
        "name": CLUSTER,
        "type": "STATIC",
        "connect_timeout": CONNECT,
        "load_assignment": {
            "cluster_name": CLUSTER,
            "endpoints": [{"lb_endpoints": [endpoint]}],
        },
    }
    return {CLUSTER: one}


def _connection_manager() -> Resource:
    router = {
        "name": "envoy.filters.http.router",
        "typed_config": {"@type": f"{TYPE}filters.http.router.v3.Router"},
    }
    method = {"name": ":method", "string_match": {"safe_regex": {"regex": "GET|HEAD"}}}
    route = {
        "match": {"path": PATH, "headers": [method]},
        "route": {"cluster": CLUSTER, "timeout": TIMEOUT},
    }
    host = {"name": "metrics", "domains": ["*"], "routes": [route]}
    return {
        "@type": f"{TYPE}filters.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "metrics",
        "http_filters": [router],
        "route_config": {"name": LISTENER, "virtual_hosts": [host]},
        "request_headers_timeout": TIMEOUT,
    }
