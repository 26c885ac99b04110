"""The listener of Envoy: how connections are read, and the filters that every request passes.

No I/O here.
"""

from __future__ import annotations

from argosy.gateway import caller, failures, mirrors, open_inference, open_inference_grpc, openai
from argosy.gateway.clusters import address
from argosy.gateway.entries import SILENCE, TYPE, Resource
from argosy.gateway.route_table import ROUTES
from argosy.gateway.routing import Routing

LISTENER = "gateway"

REQUEST_HEADERS = "30s"
WHOLE_REQUEST = "600s"  # a caller may not take longer to send its request
# Internal callers may steer Envoy by x-envoy-* headers; unset means every private address.
NOBODY = {"address_prefix": "255.255.255.255", "prefix_len": 32}
FORMS = (openai.FORM, open_inference.FORM, open_inference_grpc.FORM)


def listeners(routing: Routing) -> dict[str, Resource]:
    """By name: the one that everybody calls."""
    manager = "envoy.filters.network.http_connection_manager"
    chain = {"filters": [{"name": manager, "typed_config": _connection_manager()}]}
    one = {
        "name": LISTENER,
        "address": address(routing.listen),
        # With reuse_port, the default, a second stack on the same port would silently share it.
        "enable_reuse_port": False,
        "filter_chains": [chain],
    }
    return {LISTENER: one}


def _filters() -> list[Resource]:
    """In the order in which a request passes them; the last one sends it on."""
    router = f"{TYPE}filters.http.router.v3.Router"
    return [
        *caller.filters(),
        *openai.filters(),
        {
            "name": "envoy.filters.http.router",
            "typed_config": {"@type": router, "suppress_envoy_headers": True},
        },
    ]


def _connection_manager() -> Resource:
    request_id = f"{TYPE}request_id.uuid.v3.UuidRequestIdConfig"
    return {
        "@type": f"{TYPE}filters.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "gateway",
        "codec_type": "AUTO",
        "server_name": "argosy",
        "rds": {
            "route_config_name": ROUTES,
            "config_source": {"ads": {}, "resource_api_version": "V3"},
        },
        "http_filters": _filters(),
        "early_header_mutation_extensions": mirrors.early_mutations(),
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
