"""What Envoy is started with: where its control plane is, and its admin socket. No I/O here."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from argosy.gateway.resources.ceilings import Ceilings, overload_manager
from argosy.gateway.resources.measures import bucket_settings

NODE = "argosy:"  # and the run folder: by this name an Envoy is found again
CONTROL_CLUSTER = "argosy:control"  # a model's name has no colon, so none can clash
# Spans leave every second or by the hundred; Envoy would send every five in a request of their own.
RUNTIME = {
    "tracing.opentelemetry.flush_interval_ms": 1000,
    "tracing.opentelemetry.min_flush_spans": 512,
}
OPTIONS = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"


def bootstrap(control_socket: Path, admin_socket: Path, most: Ceilings) -> dict[str, Any]:
    """Everything else comes over ADS, state of the world, from ``control_socket``.

    A restarted control plane is found within a second: Envoy's own back-off goes up to 30 s.
    """
    ads = {"ads": {}, "resource_api_version": "V3"}
    back_off = {"base_interval": "0.1s", "max_interval": "1s"}
    service = {
        "cluster_name": CONTROL_CLUSTER,
        "retry_policy": {"retry_back_off": back_off},
    }
    return {
        "admin": {
            "address": {"pipe": {"path": str(admin_socket), "mode": 0o600}},
            "ignore_global_conn_limit": True,
        },
        "overload_manager": overload_manager(most),
        "dynamic_resources": {
            "ads_config": {
                "api_type": "GRPC",
                "transport_api_version": "V3",
                "grpc_services": [{"envoy_grpc": service}],
            },
            "cds_config": ads,
            "lds_config": ads,
        },
        "layered_runtime": {"layers": [{"name": "argosy", "static_layer": RUNTIME}]},
        "stats_flush_interval": "1s",  # histograms are told as they were then
        "stats_config": {"histogram_bucket_settings": bucket_settings()},
        "static_resources": {"clusters": [_control_cluster(control_socket)]},
    }


def _control_cluster(socket: Path) -> dict[str, Any]:
    http2: dict[str, Any] = {"explicit_http_config": {"http2_protocol_options": {}}}
    endpoint = {"endpoint": {"address": {"pipe": {"path": str(socket)}}}}
    return {
        "name": CONTROL_CLUSTER,
        "type": "STATIC",
        "connect_timeout": "1s",
        "load_assignment": {
            "cluster_name": CONTROL_CLUSTER,
            "endpoints": [{"lb_endpoints": [endpoint]}],
        },
        "typed_extension_protocol_options": {
            OPTIONS: {"@type": f"type.googleapis.com/{OPTIONS}", **http2}
        },
    }
