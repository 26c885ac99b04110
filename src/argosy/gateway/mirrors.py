"""Copies of requests for another revision: a fraction of them, marked on both sides. No I/O.

Envoy discards what the copy is answered. So that the two answers can be compared, the request and
its copy bear the same ``x-argosy-mirror``: the request's id. What a caller sends under that name is
dropped.
"""

from __future__ import annotations

from argosy.gateway.entries import Resource
from argosy.gateway.replies import header

HEADER = "x-argosy-mirror"
MILLION = 1_000_000


def entries(chosen: Resource, copies: dict[str, float]) -> list[Resource]:
    """Entries that stand before ``chosen``, for the fraction of its requests that is copied.

    ``copies`` has the fraction of each cluster, 0 to 1. An entry is chosen by a number that a
    request has drawn once, so of two fractions the larger holds the requests of the smaller.
    """
    return [
        _copied(chosen, fraction, [name for name, one in copies.items() if one >= fraction])
        for fraction in sorted({fraction for fraction in copies.values() if fraction > 0})
    ]


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
