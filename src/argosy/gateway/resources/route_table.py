"""The route table of Envoy: every path of the gateway, and what answers there. No I/O here."""

from __future__ import annotations

from argosy.gateway.resources import (
    authentication,
    cors,
    counting,
    limits,
    metered,
    open_inference,
    open_inference_grpc,
    openai,
    placed,
    replies,
    revisions,
)
from argosy.gateway.resources.entries import Resource, answer
from argosy.gateway.resources.replies import header
from argosy.gateway.routing import Route, Routing

ROUTES = "gateway"
RETRY_BODY_BYTES = 16 << 20  # kept until the answer begins; what is larger is sent once
LARGEST_REPLY_BYTES = 1 << 20  # Envoy refuses a direct response above 4096 unless told
PROBED = ("/health", "/ready", "/metrics")


def route_tables(routing: Routing) -> dict[str, Resource]:
    """By name: the only one."""
    return {ROUTES: authentication.guarded(_routes(routing), routing)}


def _routes(routing: Routing) -> Resource:
    hosts = sorted({route.host for route in routing.routes if route.host})
    return {
        "name": ROUTES,
        "validate_clusters": True,
        "max_direct_response_body_size_bytes": LARGEST_REPLY_BYTES,
        "ignore_port_in_host_matching": True,
        "request_headers_to_remove": ["x-envoy-external-address"],  # x-forwarded-for tells it
        "request_headers_to_add": [*_caller(routing), *counting.ask_for_usage(routing)],
        "virtual_hosts": [
            _virtual_host("gateway", "*", routing),
            *(_virtual_host(f"host:{host}", host, routing) for host in hosts),
        ],
    }


def _virtual_host(name: str, domain: str, routing: Routing) -> Resource:
    return {
        "name": name,
        "domains": [domain],
        "request_body_buffer_limit": RETRY_BODY_BYTES,
        **counting.questions(routing),
        "routes": _entries(routing, None if domain == "*" else domain),
    }


def _entries(routing: Routing, host: str | None) -> list[Resource]:
    """All paths at one host; what models ask for there counts before the gateway's own."""
    health = [
        ({"path": "/health"}, replies.health()),
        ({"path": "/ready"}, replies.ready(routing)),
    ]
    unknown = [
        ({"prefix": "/api/"}, replies.undeclared_model(routing)),
        ({"prefix": "/models/"}, replies.undeclared_model(routing)),
        ({"prefix": "/"}, replies.unknown_path()),
    ]
    return [
        *cors.entries(routing.gateway.cors),
        *placed.entries(routing, host),
        # Before others, since such a request looks for its entry twice.
        *openai.named(routing),
        *openai.entries(routing),
        *({**answer(*one), **limits.uncounted(routing)} for one in health),
        answer({"path": "/"}, replies.index(routing)),
        *(entry for route in routing.routes for entry in _named_revisions(route, routing)),
        *open_inference.named(routing),
        *open_inference_grpc.named(routing),
        *(entry for route in routing.routes for entry in _model_routes(route, routing)),
        *open_inference.entries(routing),
        *open_inference_grpc.entries(routing),
        *(answer(match, reply) for match, reply in unknown),
    ]


def _caller(routing: Routing) -> list[Resource]:
    """Whom replicas serve in turn; what a caller says of itself does not count.

    Where callers have keys, these say it.
    """
    if routing.gateway.needs_keys:
        return []
    return [header(authentication.CALLER, "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%")]


def _model_routes(route: Route, routing: Routing) -> list[Resource]:
    unavailable = replies.unavailable(route)
    found = []
    for match, path in _probed(route):
        found += revisions.entries(match, route, unavailable, kind="probes", rewrite=path)
    found += metered.entries(_below(route), route, routing, unavailable)
    for match, path in _rewritten(route):
        found += revisions.entries(match, route, unavailable, rewrite=path)
    return found


def _named_revisions(route: Route, routing: Routing) -> list[Resource]:
    unknown = replies.unknown_revision(route)
    every = {"safe_regex": {"regex": f"/(api|models)/({route.names_pattern})(/.*)?"}}
    return [
        *revisions.named(every, _probed(route), route, unknown, kind="probes"),
        *metered.named(_below(route), route, routing, unknown),
        *revisions.named(every, _rewritten(route), route, unknown),
    ]


def _below(route: Route) -> list[str]:
    return [f"/models/{name}" for name in route.names]


def _rewritten(route: Route) -> list[tuple[Resource, str]]:
    """The paths of a model, each with what replaces it at the replica."""
    found: list[tuple[Resource, str]] = []
    for name in route.names:
        found += [
            ({"path": f"/api/{name}"}, "/predict"),
            ({"path": f"/api/{name}/"}, "/predict"),
            ({"path": f"/models/{name}"}, "/"),
            ({"prefix": f"/models/{name}/"}, "/"),
        ]
    return found


def _probed(route: Route) -> list[tuple[Resource, str]]:
    if not any(share.probe_endpoints for share in route.revisions):
        return []
    return [({"path": f"/models/{name}{path}"}, path) for name in route.names for path in PROBED]
