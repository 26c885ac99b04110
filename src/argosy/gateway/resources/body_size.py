"""The largest body that a model takes: 413 as soon as it is known that one is larger. No I/O here.

Envoy's filter `body_size_limit` has no limit for each entry, so an entry brings a filter of its own
in Envoy's `filter_chain`. Neither is known to `xds-protos`, hence `TypedStruct`.
"""

from __future__ import annotations

from typing import Any

FILTER_CHAIN = "envoy.filters.http.filter_chain"
BODY_SIZE_LIMIT = "envoy.filters.http.body_size_limit"
KINDS = "type.googleapis.com/envoy.extensions.filters.http"


def filters() -> list[dict[str, Any]]:
    """Envoy's filter that lets an entry bring its own; by itself it does nothing."""
    kind = f"{KINDS}.filter_chain.v3.FilterChainConfig"
    return [{"name": FILTER_CHAIN, "typed_config": _typed(kind, {})}]


def most(size: int | None) -> dict[str, Any]:
    """What an entry says in ``typed_per_filter_config``; nothing where there is no limit."""
    if size is None:
        return {}
    limit = {"@type": f"{KINDS}.body_size_limit.v3.BodySizeLimit", "max_request_bytes": size}
    chain = {"filter_chain": {"filters": [{"name": BODY_SIZE_LIMIT, "typed_config": limit}]}}
    return {FILTER_CHAIN: _typed(f"{KINDS}.filter_chain.v3.FilterChainConfigPerRoute", chain)}


def _typed(kind: str, value: dict[str, Any]) -> dict[str, Any]:
    # ParseDict wants the JSON form of a well-known type below "value".
    return {
        "@type": "type.googleapis.com/xds.type.v3.TypedStruct",
        "type_url": kind,
        "value": value,
    }
