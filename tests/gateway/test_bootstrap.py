from __future__ import annotations

from pathlib import Path

from envoy.config.bootstrap.v3 import bootstrap_pb2
from envoy.extensions.resource_monitors.downstream_connections.v3 import (
    downstream_connections_pb2,  # noqa: F401
)
from envoy.extensions.resource_monitors.fixed_heap.v3 import fixed_heap_pb2  # noqa: F401
from envoy.extensions.upstreams.http.v3 import http_protocol_options_pb2  # noqa: F401
from google.protobuf import json_format

from argosy.gateway.resources.bootstrap import RUNTIME, bootstrap
from argosy.gateway.resources.ceilings import Ceilings, overload_manager
from argosy.gateway.resources.measures import bucket_settings

OPTIONS = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions"


def test_envoy_is_told_where_to_ask_and_where_to_answer() -> None:
    from_ads = {"ads": {}, "resource_api_version": "V3"}
    pipe = {"address": {"pipe": {"path": "/run/ads.sock"}}}
    service = {
        "cluster_name": "argosy:control",
        "retry_policy": {"retry_back_off": {"base_interval": "0.1s", "max_interval": "1s"}},
    }

    made = bootstrap(Path("/run/ads.sock"), Path("/run/admin.sock"), Ceilings(7, 1 << 30))

    assert made == {
        "admin": {
            "address": {"pipe": {"path": "/run/admin.sock", "mode": 0o600}},
            "ignore_global_conn_limit": True,
        },
        "overload_manager": overload_manager(Ceilings(7, 1 << 30)),
        "dynamic_resources": {
            "ads_config": {
                "api_type": "GRPC",
                "transport_api_version": "V3",
                "grpc_services": [{"envoy_grpc": service}],
            },
            "cds_config": from_ads,
            "lds_config": from_ads,
        },
        "layered_runtime": {"layers": [{"name": "argosy", "static_layer": RUNTIME}]},
        "stats_flush_interval": "1s",
        "stats_config": {"histogram_bucket_settings": bucket_settings()},
        "static_resources": {
            "clusters": [
                {
                    "name": "argosy:control",
                    "type": "STATIC",
                    "connect_timeout": "1s",
                    "load_assignment": {
                        "cluster_name": "argosy:control",
                        "endpoints": [{"lb_endpoints": [{"endpoint": pipe}]}],
                    },
                    "typed_extension_protocol_options": {
                        OPTIONS: {
                            "@type": f"type.googleapis.com/{OPTIONS}",
                            "explicit_http_config": {"http2_protocol_options": {}},
                        }
                    },
                }
            ]
        },
    }


def test_it_is_a_bootstrap_of_envoy() -> None:
    json_format.ParseDict(bootstrap(Path("/a"), Path("/b"), Ceilings()), bootstrap_pb2.Bootstrap())
