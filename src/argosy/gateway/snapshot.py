"""Routing in, Envoy's resources out: plain dicts in the JSON form of its protobuf messages. No I/O.

The field names are those of Envoy's API v3 reference. Tests compare the dicts whole.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from argosy.gateway import failures, open_inference, open_inference_grpc, openai, replies
from argosy.gateway.entries import SILENCE, TYPE, Resource, answer, forward
from argosy.gateway.routing import Route, Routing, host_and_port

LISTENER = "gateway"
ROUTES = "gateway"

UNLIMITED = 1_000_000
RETRY_BODY_BYTES = 16 << 20  # kept until the answer begins; what is larger is sent once
LARGEST_REPLY_BYTES = 1 << 20  # Envoy refuses a direct response above 4096 unless told
WHOLE_REQUEST = "600s"  # a caller may not take longer to send its request
REQUEST_HEADERS = "30s"
CONNECT = "5s"
# Internal callers may steer Envoy by x-envoy-* headers; unset means every private address.
NOBODY = {"address_prefix": "255.255.255.255", "prefix_len": 32}
HTTP_1: Resource = {"http_protocol_options": {}}
HTTP_2: Resource = {"http2_protocol_options": {}}
FORMS = (openai.FORM, open_inference.FORM, open_inference_grpc.FORM)
PROBED = ("/health", "/ready", "/metrics")
UPSTREAM_IDLE = "300s"  # below the runner's keep-alive, so that Envoy closes first


@dataclass(frozen=True)
class Snapshot:
    """All that Envoy is told, by type and by name."""

    clusters: dict[str, Resource] = field(default_factory=dict)
    endpoints: dict[str, Resource] = field(default_factory=dict)
    listeners: dict[str, Resource] = field(default_factory=dict)
    routes: dict[str, Resource] = field(default_factory=dict)


def snapshot(routing: Routing) -> Snapshot:
    """The resources that make Envoy serve ``routing``; equal routings give equal snapshots."""
    http = [(route.model, route.endpoints) for route in routing.routes]
    http += [
        (_probes(route), route.probe_endpoints)
        for route in routing.routes
        if route.probe_endpoints is not None
    ]
    grpc = [
        (open_inference_grpc.cluster(route.model), route.grpc_endpoints)
        for route in routing.routes
        if route.grpc_endpoints
    ]
    return Snapshot(
        clusters={
            **{name: _cluster(name, HTTP_1) for name, _ in http},
            **{name: _cluster(name, HTTP_2) for name, _ in grpc},
        },
        endpoints={name: _endpoints(name, addresses) for name, addresses in (*http, *grpc)},
        listeners={LISTENER: _listener(routing.listen)},
        routes={ROUTES: _routes(routing)},
    )


def address(text: str) -> Resource:
    """Envoy's form of ``unix:/path`` or ``host:port``."""
    if text.startswith("unix:"):
        return {"pipe": {"path": text.removeprefix("unix:")}}
    host, port = host_and_port(text)
    return {"socket_address": {"address": host, "port_value": port}}


def _cluster(name: str, protocol: Resource) -> Resource:
    unlimited = ("max_connections", "max_pending_requests", "max_requests", "max_retries")
    options = f"{TYPE.removeprefix('type.googleapis.com/')}upstreams.http.v3.HttpProtocolOptions"
    return {
        "name": name,
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


def _endpoints(name: str, addresses: tuple[str, ...]) -> Resource:
    hosts = [{"endpoint": {"address": address(one)}} for one in addresses]
    return {"cluster_name": name, "endpoints": [{"lb_endpoints": hosts}] if hosts else []}


def _listener(listen: str) -> Resource:
    manager = "envoy.filters.network.http_connection_manager"
    return {
        "name": LISTENER,
        "address": address(listen),
        # With reuse_port, the default, a second stack on the same port would silently share it.
        "enable_reuse_port": False,
        "filter_chains": [{"filters": [{"name": manager, "typed_config": _connection_manager()}]}],
    }


def _connection_manager() -> Resource:
    request_id = f"{TYPE}request_id.uuid.v3.UuidRequestIdConfig"
    router = f"{TYPE}filters.http.router.v3.Router"
    return {
        "@type": f"{TYPE}filters.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "gateway",
        "codec_type": "AUTO",
        "server_name": "argosy",
        "rds": {
            "route_config_name": ROUTES,
            "config_source": {"ads": {}, "resource_api_version": "V3"},
        },
        "http_filters": [
            *openai.filters(),
            {
                "name": "envoy.filters.http.router",
                "typed_config": {"@type": router, "suppress_envoy_headers": True},
            },
        ],
        "use_remote_address": True,
        "internal_address_config": {"cidr_ranges": [NOBODY]},
        "normalize_path": True,
        "merge_slashes": False,
        "preserve_external_request_id": True,
        "always_set_request_id_in_response": True,
        "request_id_extension": {"typed_config": {"@type": request_id, "pack_trace_reason": False}},
        "request_headers_timeout": REQUEST_HEADERS,
        "request_timeout": WHOLE_REQUEST,
        "stream_idle_timeout": f"{SILENCE:.0f}s",
        "local_reply_config": failures.local_replies(FORMS),
    }


def _routes(routing: Routing) -> Resource:
    model_routes = [entry for route in routing.routes for entry in _model_routes(route)]
    own = [
        ({"path": "/health"}, replies.health()),
        ({"path": "/ready"}, replies.ready(routing)),
        ({"path": "/"}, replies.index(routing)),
    ]
    unknown = [
        ({"prefix": "/api/"}, replies.undeclared_model(routing)),
        ({"prefix": "/models/"}, replies.undeclared_model(routing)),
        ({"prefix": "/"}, replies.unknown_path()),
    ]
    return {
        "name": ROUTES,
        "validate_clusters": True,
        "max_direct_response_body_size_bytes": LARGEST_REPLY_BYTES,
        "request_headers_to_remove": ["x-envoy-external-address"],  # x-forwarded-for tells it
        "request_headers_to_add": [_caller()],
        "virtual_hosts": [
            {
                "name": "gateway",
                "domains": ["*"],
                "request_body_buffer_limit": RETRY_BODY_BYTES,
                "routes": [
                    *(answer(match, reply) for match, reply in own),
                    *model_routes,
                    *openai.entries(routing),
                    *open_inference.entries(routing),
                    *open_inference_grpc.entries(routing),
                    *(answer(match, reply) for match, reply in unknown),
                ],
            }
        ],
    }


def _caller() -> Resource:
    """Whom replicas serve in turn; what a caller says of itself does not count."""
    address = "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%"
    return {
        "header": {"key": "x-argosy-caller", "value": address},
        "append_action": "OVERWRITE_IF_EXISTS_OR_ADD",
    }


def _probes(route: Route) -> str:
    """The cluster of those who answer for an engine; no model has a dot in its name."""
    return f"{route.model}.probes"


def _model_routes(route: Route) -> list[Resource]:
    rewrites = [
        ({"path": f"/api/{route.model}"}, "/predict"),
        ({"path": f"/api/{route.model}/"}, "/predict"),
        ({"path": f"/models/{route.model}"}, "/"),
        ({"prefix": f"/models/{route.model}/"}, "/"),
    ]
    if route.endpoints:
        probed = PROBED if route.probe_endpoints else ()
        return [
            *(
                forward(
                    {"path": f"/models/{route.model}{path}"}, _probes(route), route, rewrite=path
                )
                for path in probed
            ),
            *(forward(match, route.model, route, rewrite=path) for match, path in rewrites),
        ]
    unavailable = replies.unavailable(route)
    return [answer(match, unavailable) for match, _ in rewrites]
