"""The listener of Envoy: how connections are read, and the filters that every request passes.

No I/O here.
"""

from __future__ import annotations

from argosy.gateway import (
    access_log,
    authentication,
    failures,
    measures,
    open_inference,
    open_inference_grpc,
    openai,
    traces,
)
from argosy.gateway.clusters import address
from argosy.gateway.entries import SILENCE, TYPE, Resource
from argosy.gateway.route_table import ROUTES
from argosy.gateway.routing import Places, Routing

LISTENER = "gateway"

REQUEST_HEADERS = "30s"
IDLE_CONNECTION = "75s"  # without a request on it; nginx's keepalive_timeout
WHOLE_REQUEST = "600s"  # a caller may not take longer to send its request
# Internal callers may steer Envoy by x-envoy-* headers; unset means every private address.
NOBODY = {"address_prefix": "255.255.255.255", "prefix_len": 32}
NOWHERE = Places()
FORMS = (openai.FORM, open_inference.FORM, open_inference_grpc.FORM)


def listeners(routing: Routing, places: Places = NOWHERE) -> dict[str, Resource]:
    """By name: the one that everybody calls."""
    manager = "envoy.filters.network.http_connection_manager"
    config = _connection_manager(routing, places)
    chain = {"filters": [{"name": manager, "typed_config": config}]}
    one = {
        "name": LISTENER,
        "address": address(routing.listen),
        # With reuse_port, the default, a second stack on the same port would silently share it.
        "enable_reuse_port": False,
        "filter_chains": [chain],
    }
    return {LISTENER: one}


def _filters(routing: Routing) -> list[Resource]:
    """In the order in which a request passes them; the last one sends it on."""
    router = f"{TYPE}filters.http.router.v3.Router"
    return [
        *access_log.filters(),
        *authentication.verifying(routing),
        *openai.filters(),
        *authentication.permitting(routing),
        {
            "name": "envoy.filters.http.router",
            "typed_config": {"@type": router, "suppress_envoy_headers": True},
        },
    ]


def _connection_manager(routing: Routing, places: Places) -> Resource:
    request_id = {
        "@type": f"{TYPE}request_id.uuid.v3.UuidRequestIdConfig",
        "pack_trace_reason": False,
        # Else a caller's own id that is no UUID would keep its request out of every trace.
        "use_request_id_for_trace_sampling": False,
    }
    return {
        "@type": f"{TYPE}filters.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "gateway",
        "codec_type": "AUTO",
        "server_name": "argosy",
        "rds": {
            "route_config_name": ROUTES,
            "config_source": {"ads": {}, "resource_api_version": "V3"},
        },
        "http_filters": _filters(routing),
        "common_http_protocol_options": {"idle_timeout": IDLE_CONNECTION},
        "access_log": [*access_log.access_logs(routing, places), *measures.loggers()],
        **traces.tracing(routing),
        "use_remote_address": True,
        "internal_address_config": {"cidr_ranges": [NOBODY]},
        "normalize_path": True,
        "merge_slashes": False,
        "preserve_external_request_id": True,
        "always_set_request_id_in_response": True,
        "request_id_extension": {"typed_config": request_id},
        "request_headers_timeout": REQUEST_HEADERS,
        "request_timeout": WHOLE_REQUEST,
        "stream_idle_timeout": f"{SILENCE:.0f}s",
        "local_reply_config": failures.local_replies(FORMS),
    }
