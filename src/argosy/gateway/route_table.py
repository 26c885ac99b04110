"""The route table of Envoy: every path of the gateway, and what answers there. No I/O here."""

from __future__ import annotations

from argosy.gateway import open_inference, open_inference_grpc, openai, replies, revisions
from argosy.gateway.entries import Resource, answer, forward
from argosy.gateway.routing import Route, Routing

ROUTES = "gateway"
RETRY_BODY_BYTES = 16 << 20  # kept until the answer begins; what is larger is sent once
LARGEST_REPLY_BYTES = 1 << 20  # Envoy refuses a direct response above 4096 unless told
PROBED = ("/health", "/ready", "/metrics")


def route_tables(routing: Routing) -> dict[str, Resource]:
    """By name: the only one."""
    return {ROUTES: _routes(routing)}


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


def _model_routes(route: Route) -> list[Resource]:
    rewrites = [
        ({"path": f"/api/{route.model}"}, "/predict"),
        ({"path": f"/api/{route.model}/"}, "/predict"),
        ({"path": f"/models/{route.model}"}, "/"),
        ({"prefix": f"/models/{route.model}/"}, "/"),
    ]
    if destination := revisions.destination(route):
        probes = revisions.destination(route, "probes")
        return [
            *(
                forward({"path": f"/models/{route.model}{path}"}, probes, route, rewrite=path)
                for path in PROBED
                if probes
            ),
            *(forward(match, destination, route, rewrite=path) for match, path in rewrites),
        ]
    unavailable = replies.unavailable(route)
    return [answer(match, unavailable) for match, _ in rewrites]
