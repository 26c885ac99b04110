"""Traces: each request a span of OpenTelemetry's, sent to a collector over OTLP/HTTP. No I/O here.

A caller's `traceparent` (W3C Trace Context) is continued, and whether it was sampled counts for the
whole trace. Of requests without one, so many begin a trace as the stack file says.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from argosy.gateway.resources.access_log import AS_ASKED
from argosy.gateway.resources.clusters import CONNECT
from argosy.gateway.resources.entries import METADATA, Resource
from argosy.gateway.routing import Routing

CLUSTER = "argosy:traces"
SERVICE = "gateway"
PATH = "/v1/traces"
EXPORT = "5s"
MOST_SPANS = 8192  # that wait to be sent; what comes beyond is dropped and counted
SAMPLERS = "type.googleapis.com/envoy.extensions.tracers.opentelemetry.samplers.v3."
TAGS = {
    "argosy.model": ("route", "model"),
    "argosy.revision": ("cluster", "revision"),
    "argosy.replica": ("host", "replica"),
}


def tracing(routing: Routing) -> Resource:
    """What the connection manager is told; empty without an address to send to."""
    gateway = routing.gateway
    if not gateway.traces:
        return {}
    provider = {
        "@type": "type.googleapis.com/envoy.config.trace.v3.OpenTelemetryConfig",
        "service_name": SERVICE,
        "http_service": {
            "http_uri": {"uri": f"{gateway.traces}{PATH}", "cluster": CLUSTER, "timeout": EXPORT}
        },
        "max_cache_size": MOST_SPANS,
        "sampler": _sampler(gateway.trace_share),
    }
    return {
        "tracing": {
            "provider": {"name": "envoy.tracers.opentelemetry", "typed_config": provider},
            "random_sampling": {"value": 100},  # the sampler decides
            "spawn_upstream_span": True,
            "custom_tags": [
                *(_tag(name, *place) for name, place in TAGS.items()),
                # Envoy's own has the query, which may hold a secret.
                {"tag": "http.url", "value": AS_ASKED},
            ],
        }
    }


def clusters(routing: Routing) -> dict[str, Resource]:
    """Where the spans go."""
    if not routing.gateway.traces:
        return {}
    url = urlsplit(routing.gateway.traces)
    address = {"address": url.hostname, "port_value": url.port or 80}
    endpoint = {"endpoint": {"address": {"socket_address": address}}}
    one = {
        "name": CLUSTER,
        "type": "STRICT_DNS",
        "connect_timeout": CONNECT,
        "load_assignment": {
            "cluster_name": CLUSTER,
            "endpoints": [{"lb_endpoints": [endpoint]}],
        },
    }
    return {CLUSTER: one}


def _sampler(share: float) -> Resource:
    """A trace that was begun elsewhere is sampled as it was there, a new one by its id."""
    ratio = {
        "@type": f"{SAMPLERS}TraceIdRatioBasedSamplerConfig",
        "sampling_percentage": {"numerator": round(share * 1_000_000), "denominator": "MILLION"},
    }
    root = {
        "name": "envoy.tracers.opentelemetry.samplers.trace_id_ratio_based",
        "typed_config": ratio,
    }
    parent = {"@type": f"{SAMPLERS}ParentBasedSamplerConfig", "wrapped_sampler": root}
    return {"name": "envoy.tracers.opentelemetry.samplers.parent_based", "typed_config": parent}


def _tag(name: str, kind: str, key: str) -> Resource:
    place = {"key": METADATA, "path": [{"key": key}]}
    return {"tag": name, "metadata": {"kind": {kind: {}}, "metadata_key": place}}
