"""The route table of Envoy: every path of the gateway, and what answers there. No I/O here."""

from __future__ import annotations

from argosy.gateway import (
    authentication,
    counting,
    limits,
    open_inference,
    open_inference_grpc,
    openai,
    replies,
)
from argosy.gateway.clusters import probes
from argosy.gateway.entries import ON, Resource, answer, forward
from argosy.gateway.replies import header
from argosy.gateway.routing import Route, Routing

ROUTES = "gateway"
RETRY_BODY_BYTES = 16 << 20  # kept until the answer begins; what is larger is sent once
LARGEST_REPLY_BYTES = 1 << 20  # Envoy refuses a direct response above 4096 unless told
PROBED = ("/health", "/ready", "/metrics")


def route_tables(routing: Routing) -> dict[str, Resource]:
    """By name: the only one."""
    return {ROUTES: authentication.guarded(_routes(routing), routing)}


def _routes(routing: Routing) -> Resource:
    model_routes = [entry for route in routing.routes for entry in _model_routes(route, routing)]
    health = [
        ({"path": "/health"}, replies.health()),
        ({"path": "/ready"}, replies.ready(routing)),
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
        "request_headers_to_add": [*_caller(routing), *counting.ask_for_usage(routing)],
        "virtual_hosts": [
            {
                "name": "gateway",
                "domains": ["*"],
                "request_body_buffer_limit": RETRY_BODY_BYTES,
                **counting.questions(routing),
                "routes": [
                    *({**answer(*one), **limits.uncounted(routing)} for one in health),
                    answer({"path": "/"}, replies.index(routing)),
                    *model_routes,
                    *openai.entries(routing),
                    *open_inference.entries(routing),
                    *open_inference_grpc.entries(routing),
                    *(answer(match, reply) for match, reply in unknown),
                ],
            }
        ],
    }


def _caller(routing: Routing) -> list[Resource]:
    """Whom replicas serve in turn; what a caller says of itself does not count.

    Where callers have keys, these say it.
    """
    if routing.gateway.needs_keys:
        return []
    return [header(authentication.CALLER, "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%")]


def _model_routes(route: Route, routing: Routing) -> list[Resource]:
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
                    {"path": f"/models/{route.model}{path}"}, probes(route), route, rewrite=path
                )
                for path in probed
            ),
            *_openai_of(route, routing),
            *(forward(match, route.model, route, rewrite=path) for match, path in rewrites),
        ]
    unavailable = replies.unavailable(route)
    return [answer(match, unavailable) for match, _ in rewrites]


def _openai_of(route: Route, routing: Routing) -> list[Resource]:
    """OpenAI's paths of one model, where what they use up is counted there too."""
    usage = counting.read_usage(routing)
    if not usage:
        return []
    path = f"/models/{route.model}/v1/"
    entry = forward({"prefix": path}, route.model, route, rewrite="/v1/", metered=True)
    own = entry.get("typed_per_filter_config", {})
    return [{**entry, "typed_per_filter_config": {**own, openai.BUFFER: ON, **usage}}]
