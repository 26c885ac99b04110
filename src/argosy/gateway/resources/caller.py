"""Who calls: what weighted choices and recordings go by. No I/O here.

Envoy reads a verified key's id into the request's state, where no header that a caller sends can
reach; without a key the caller is its address. The state is read by `HASH_POLICY`.
"""

from __future__ import annotations

from typing import Any

from argosy.gateway.resources.entries import TYPE, Resource

READ_CALLER = "envoy.filters.http.set_filter_state"
STATE = "argosy.caller"
SUBJECT_STATE = "argosy.subject"  # of a token that an outside issuer gave without an id
CLAIM = "%DYNAMIC_METADATA(envoy.filters.http.jwt_authn:claims:{})%"
STATES = {STATE: "jti", SUBJECT_STATE: "sub"}

HASH_POLICY: list[dict[str, Any]] = [
    *({"filter_state": {"key": state}, "terminal": True} for state in STATES),
    {"connection_properties": {"source_ip": True}},
]


def filters() -> list[Resource]:
    """Envoy's filter that reads the caller's key; off, unless an entry turns it on.

    It stands behind the one that verifies keys. The entry is chosen again afterwards.
    """
    values = [
        {
            "object_key": state,
            "factory_key": "envoy.hashable_string",
            "format_string": {
                "text_format_source": {"inline_string": CLAIM.format(claim)},
                "omit_empty_values": True,
            },
            "skip_if_empty": True,
        }
        for state, claim in STATES.items()
    ]
    kind = f"{TYPE}filters.http.set_filter_state.v3.Config"
    fields = {"on_request_headers": values, "clear_route_cache": True}
    typed = {
        "@type": "type.googleapis.com/xds.type.v3.TypedStruct",
        "type_url": kind,
        "value": fields,
    }
    return [{"name": READ_CALLER, "disabled": True, "typed_config": typed}]
