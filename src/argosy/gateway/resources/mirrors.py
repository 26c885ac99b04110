"""Copies of requests for another revision: a fraction of them, marked on both sides. No I/O.

Envoy discards what the copy is answered. So that the two answers can be compared, the request and
its copy bear the same ``x-argosy-mirror``: the request's id. What a caller sends under that name is
dropped.
"""

from __future__ import annotations

from argosy.gateway.resources.bootstrap import CONTROL_CLUSTER
from argosy.gateway.resources.entries import SKIP, TYPE, Resource, matched
from argosy.gateway.resources.replies import header

HEADER = "x-argosy-mirror"
CLUSTER_METADATA = "x-argosy-cluster"
MILLION = 1_000_000
SHORT = "[0-9]{1,4}|[1-5][0-9]{4}"  # bytes: less than 60,000


def entries(chosen: Resource, copies: dict[str, float]) -> list[Resource]:
    """Entries that stand before ``chosen``, for the fraction of its requests that is copied.

    ``copies`` has the fraction of each cluster, 0 to 1. An entry is chosen by a number that a
    request has drawn once, so of two fractions the larger holds the requests of the smaller.
    """
    return [
        _copied(chosen, fraction, [name for name, one in copies.items() if one >= fraction])
        for fraction in sorted({fraction for fraction in copies.values() if fraction > 0})
    ]


def recording(cluster: str, *, requests: bool) -> list[Resource]:
    """The filters of a cluster, for its requests that were copied: Envoy tells of their answers.

    Of the bodies of the ``requests``, too, where that is wanted and their length is told before
    and short: Envoy 1.40 ends by SIGSEGV where a body of 64 KiB waits to be told while there is no
    connection to the replica yet.
    It waits for nothing, and goes on where nobody listens.
    """
    codec = {"@type": f"{TYPE}filters.http.upstream_codec.v3.UpstreamCodec"}
    whole, answers = _processor(cluster, "STREAMED"), _processor(cluster, "NONE")
    marked, short = _has(HEADER, ".+"), _has("content-length", SHORT)
    if requests:
        filters = [
            _only("record.requests", whole, _both(marked, short)),
            _only("record", answers, _both(marked, {"not_matcher": short})),
        ]
    else:
        filters = [_only("record", answers, marked)]
    return [*filters, {"name": "envoy.filters.http.upstream_codec", "typed_config": codec}]


def _processor(cluster: str, request_bodies: str) -> Resource:
    return {
        "@type": f"{TYPE}filters.http.ext_proc.v3.ExternalProcessor",
        "grpc_service": {
            "envoy_grpc": {"cluster_name": CONTROL_CLUSTER},
            "initial_metadata": [{"key": CLUSTER_METADATA, "value": cluster}],
        },
        "failure_mode_allow": True,
        "observability_mode": True,
        "processing_mode": {
            "request_header_mode": "SEND",
            "response_header_mode": "SEND",
            "request_body_mode": request_bodies,
            "response_body_mode": "STREAMED",
            "request_trailer_mode": "SKIP",
            "response_trailer_mode": "SEND",
        },
    }


def _has(name: str, expression: str) -> Resource:
    """What holds for requests with such a header."""
    kind = "type.googleapis.com/envoy.type.matcher.v3.HttpRequestHeaderMatchInput"
    return {
        "single_predicate": {
            "input": {"name": name, "typed_config": {"@type": kind, "header_name": name}},
            "value_match": {"safe_regex": {"google_re2": {}, "regex": expression}},
        }
    }


def _both(*predicates: Resource) -> Resource:
    return {"and_matcher": {"predicate": list(predicates)}}


def _only(name: str, config: Resource, wanted: Resource) -> Resource:
    """A filter that other requests skip."""
    others = {"predicate": {"not_matcher": wanted}, "on_match": SKIP}
    extension = {"name": name, "typed_config": config}
    return matched(extension, {"matcher_list": {"matchers": [others]}})


def _copied(chosen: Resource, fraction: float, clusters: list[str]) -> Resource:
    parts = round(min(fraction, 1.0) * MILLION)
    share = {"numerator": parts, "denominator": "MILLION"}
    return {
        **chosen,
        "match": {**chosen["match"], "runtime_fraction": {"default_value": share}},
        "route": {
            **chosen["route"],
            "request_mirror_policies": [{"cluster": name} for name in clusters],
        },
        "request_headers_to_add": [header(HEADER, "%REQ(x-request-id)%")],
    }
