"""Who calls: what weighted choices and recordings go by. No I/O here.

Envoy reads a verified key's id into the request's state, where no header that a caller sends can
reach; without a key the caller is its address. The state is read by `HASH_POLICY`.
"""

from __future__ import annotations

from typing import Any

from argosy.gateway.resources.authentication import CALLER, CLAIMS, VERIFY, is_told_in_headers
from argosy.gateway.resources.entries import TYPE, Resource
from argosy.gateway.routing import Routing

READ_CALLER = "envoy.filters.http.set_filter_state"
STATE = "argosy.caller"
SUBJECT_STATE = "argosy.subject"  # of a token that an outside issuer gave without an id
STATES = STATE, SUBJECT_STATE
CLAIM = f"%DYNAMIC_METADATA({VERIFY}:{CLAIMS}:{{}})%"

HASH_POLICY: list[dict[str, Any]] = [
    *({"filter_state": {"key": state}, "terminal": True} for state in STATES),
    {"connection_properties": {"source_ip": True}},
]


def key(routing: Routing) -> str:
    """Envoy's operator for the id of the caller's key, as access logs have it."""
    return f"%REQ({CALLER})%" if is_told_in_headers(routing) else CLAIM.format("jti")


def filters(routing: Routing) -> list[Resource]:
    """Envoy's filter that reads the caller's key; off, unless an entry turns it on.

    It stands behind the one that verifies keys. The entry is chosen again afterwards.
    """
    values = [
        {
            "object_key": state,
            "factory_key": "envoy.hashable_string",
            "format_string": {
                "text_format_source": {"inline_string": text},
                "omit_empty_values": True,
            },
            "skip_if_empty": True,
        }
        for state, text in zip(STATES, (key(routing), CLAIM.format("sub")), strict=True)
    ]
    kind = f"{TYPE}filters.http.set_filter_state.v3.Config"
    fields = {"on_request_headers": values, "clear_route_cache": True}
    typed = {
        "@type": "type.googleapis.com/xds.type.v3.TypedStruct",
        "type_url": kind,
        "value": fields,
    }
    return [{"name": READ_CALLER, "disabled": True, "typed_config": typed}]
