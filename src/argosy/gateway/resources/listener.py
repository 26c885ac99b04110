"""The listener of Envoy: how connections are read, and the filters that every request passes.

No I/O here.
"""

from __future__ import annotations

from argosy.gateway.resources import (
    access_log,
    authentication,
    body_size,
    caller,
    cors,
    counting,
    failures,
    limits,
    measures,
    mirrors,
    open_inference,
    open_inference_grpc,
    openai,
    tls,
    traces,
)
from argosy.gateway.resources.clusters import address
from argosy.gateway.resources.entries import TYPE, Resource
from argosy.gateway.resources.guards import CONNECTION_BUFFER, guards
from argosy.gateway.resources.route_table import ROUTES
from argosy.gateway.routing import ALIAS_HEADER, REDIRECT_FROM, Places, Routing

LISTENER = "gateway"
MANAGER = f"{TYPE}filters.network.http_connection_manager.v3.HttpConnectionManager"

# Internal callers may steer Envoy by x-envoy-* headers; unset means every private address.
NOBODY = {"address_prefix": "255.255.255.255", "prefix_len": 32}
NOWHERE = Places()
OURS = (mirrors.HEADER, ALIAS_HEADER, authentication.CALLER, authentication.SCOPE)
FORMS = (openai.FORM, open_inference.FORM, open_inference_grpc.FORM)


def listeners(routing: Routing, places: Places = NOWHERE) -> dict[str, Resource]:
    """By name: the one that everybody calls, and the one that sends plain requests on to it."""
    main = _listener(LISTENER, routing.listen, _connection_manager(routing, places))
    if routing.gateway.tls:
        main["filter_chains"][0]["transport_socket"] = tls.transport_socket()
    found = {LISTENER: main}
    if plain := routing.addresses.get(REDIRECT_FROM):
        found[tls.REDIRECT] = _listener(tls.REDIRECT, plain, _redirecting(routing))
    return found


def _listener(name: str, listen: str, connection_manager: Resource) -> Resource:
    manager = "envoy.filters.network.http_connection_manager"
    return {
        "name": name,
        "address": address(listen),
        # With reuse_port, the default, a second stack on the same port would silently share it.
        "enable_reuse_port": False,
        "per_connection_buffer_limit_bytes": CONNECTION_BUFFER,
        "filter_chains": [{"filters": [{"name": manager, "typed_config": connection_manager}]}],
    }


def _filters(routing: Routing) -> list[Resource]:
    """In the order in which a request passes them; the last one sends it on."""
    return [
        *cors.filters(routing.gateway.cors),
        *access_log.filters(),
        *body_size.filters(),
        *limits.address_filters(routing),  # who tries keys is counted, too
        *authentication.verifying(routing),
        *caller.filters(routing),
        *openai.filters(),
        *authentication.permitting(routing),
        *limits.filters(routing),
        *counting.filters(routing),
        _router(),
    ]


def _router() -> Resource:
    """What sends requests on, without Envoy's counters by status: `measures` has those we tell."""
    kind = f"{TYPE}filters.http.router.v3.Router"
    told = {"suppress_envoy_headers": True, "dynamic_stats": False}
    return {"name": "envoy.filters.http.router", "typed_config": {"@type": kind, **told}}


def _without_our_headers() -> Resource:
    """What only the gateway may tell replicas is dropped before any entry is looked for."""
    kind = f"{TYPE}http.early_header_mutation.header_mutation.v3.HeaderMutation"
    mutations = [{"remove": name} for name in OURS]
    return {
        "name": "envoy.http.early_header_mutation.header_mutation",
        "typed_config": {"@type": kind, "mutations": mutations},
    }


def _redirecting(routing: Routing) -> Resource:
    return {
        "@type": MANAGER,
        "stat_prefix": tls.REDIRECT,
        "server_name": "argosy",
        "route_config": tls.redirect(routing),
        "http_filters": [_router()],
        **guards(routing.gateway.patience),
    }


def _connection_manager(routing: Routing, places: Places) -> Resource:
    request_id = {
        "@type": f"{TYPE}request_id.uuid.v3.UuidRequestIdConfig",
        "pack_trace_reason": False,
        # Else a caller's own id that is no UUID would keep its request out of every trace.
        "use_request_id_for_trace_sampling": False,
    }
    return {
        "@type": MANAGER,
        "stat_prefix": "gateway",
        "codec_type": "AUTO",
        "server_name": "argosy",
        "rds": {
            "route_config_name": ROUTES,
            "config_source": {"ads": {}, "resource_api_version": "V3"},
        },
        "http_filters": _filters(routing),
        "upgrade_configs": [{"upgrade_type": "websocket"}],
        "early_header_mutation_extensions": [_without_our_headers()],
        "access_log": [*access_log.access_logs(routing, places), *measures.loggers()],
        **traces.tracing(routing),
        "use_remote_address": True,
        "internal_address_config": {"cidr_ranges": [NOBODY]},
        "preserve_external_request_id": True,
        "always_set_request_id_in_response": True,
        "request_id_extension": {"typed_config": request_id},
        **guards(routing.gateway.patience),
        "local_reply_config": failures.local_replies(FORMS),
    }
