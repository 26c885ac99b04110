"""The clusters of Envoy, one for each kind of address of a revision, and who is in them.

No I/O here.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from argosy.gateway.resources import capacity, issuers, mirrors, revisions
from argosy.gateway.resources.entries import TYPE, Resource, known
from argosy.gateway.resources.revisions import Kind
from argosy.gateway.routing import Route, Routing, Share, host_and_port

CONNECT = "5s"
HTTP_1: Resource = {"http_protocol_options": {}}
HTTP_2: Resource = {"http2_protocol_options": {}}
PROTOCOLS: dict[Kind, Resource] = {"http": HTTP_1, "probes": HTTP_1, "grpc": HTTP_2}
STATISTICS = str.maketrans(".:", "__")  # Envoy would take what follows a dot for another name
COPIES = "_copies"  # of a revision that gets copies: they are no traffic, and none of our metrics
UPSTREAM_IDLE = "300s"  # below the runner's keep-alive, so that Envoy closes first
# Drawn by chance, the same one perhaps twice: of two by default, a busy replica would be asked a
# quarter of the time while the other has nothing to do. To compare all would be worse: a dead one
# has the fewest requests, and nothing would be tried again on another.
REPLICAS_COMPARED = 4


def clusters(routing: Routing) -> dict[str, Resource]:
    """By name: of every revision, its probes and its gRPC where they differ, and of issuers."""
    recorded = {route.model for route in routing.routes if revisions.is_mirrored(route)}
    made = issuers.clusters(routing)
    for name, route, share, kind in _named(routing):
        filters = (
            mirrors.recording(name, requests=share.keeps_requests)
            if route.model in recorded
            else []
        )
        counted = name.translate(STATISTICS) + (COPIES if share.mirrored else "")
        told = known(revision=f"r{share.number}")
        more = {"alt_stat_name": counted, "metadata": told, **_bounds(share, kind)}
        made[name] = _cluster(name, PROTOCOLS[kind], filters, more)
    return made


def endpoints(routing: Routing) -> dict[str, Resource]:
    """Who answers for each of the `clusters` of a model."""
    return {
        name: _endpoints(name, revisions.addresses(share, kind) or (), routing.names)
        for name, _, share, kind in _named(routing)
    }


def address(text: str) -> Resource:
    """Envoy's form of ``unix:/path`` or ``host:port``."""
    if text.startswith("unix:"):
        return {"pipe": {"path": text.removeprefix("unix:")}}
    host, port = host_and_port(text)
    return {"socket_address": {"address": host, "port_value": port}}


def _named(routing: Routing) -> Iterator[tuple[str, Route, Share, Kind]]:
    for route in routing.routes:
        for share in route.revisions:
            for kind in PROTOCOLS:
                if revisions.addresses(share, kind) is not None:
                    yield revisions.cluster(route.model, share.number, kind), route, share, kind


def _bounds(share: Share, kind: Kind) -> Resource:
    """Who answers probes is asked however often it says "not ready"."""
    if kind == "probes":
        return {"circuit_breakers": capacity.circuit_breakers(None)}
    return {
        "circuit_breakers": capacity.circuit_breakers(share.capacity),
        "outlier_detection": capacity.outlier_detection(),
    }


def _cluster(name: str, protocol: Resource, filters: list[Resource], more: Resource) -> Resource:
    options = f"{TYPE.removeprefix('type.googleapis.com/')}upstreams.http.v3.HttpProtocolOptions"
    return {
        "name": name,
        "type": "EDS",
        "eds_cluster_config": {"eds_config": {"ads": {}, "resource_api_version": "V3"}},
        "connect_timeout": CONNECT,
        "lb_policy": "LEAST_REQUEST",
        "least_request_lb_config": {"choice_count": REPLICAS_COMPARED},
        "common_lb_config": {"healthy_panic_threshold": {"value": capacity.PANIC}},
        **more,
        "typed_extension_protocol_options": {
            options: {
                "@type": f"type.googleapis.com/{options}",
                "common_http_protocol_options": {"idle_timeout": UPSTREAM_IDLE},
                "explicit_http_config": protocol,
                **({"http_filters": filters} if filters else {}),
            }
        },
    }


def _endpoints(name: str, addresses: tuple[str, ...], names: Mapping[str, str]) -> Resource:
    hosts = [_host(one, names.get(one)) for one in addresses]
    return {"cluster_name": name, "endpoints": [{"lb_endpoints": hosts}] if hosts else []}


def _host(place: str, name: str | None) -> Resource:
    if name is None:
        return {"endpoint": {"address": address(place)}}
    endpoint = {"address": address(place), "hostname": name}
    return {"endpoint": endpoint, "metadata": known(replica=name)}
