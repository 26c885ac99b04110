"""Web pages that may call from a browser: Envoy answers their preflights. No I/O here.

Envoy's own filter for it looks only at requests that are sent on to a replica. So preflights get an
entry that seems to be one, and a second filter lets pages read every answer, the gateway's own and
its refusals too.
"""

from __future__ import annotations

import json
import re

from argosy.gateway.resources.entries import TYPE, Resource
from argosy.gateway.resources.replies import header
from argosy.stack.model import Cors

CORS = "envoy.filters.http.cors"
METHODS = "GET, POST, PUT, PATCH, DELETE, HEAD, OPTIONS"
NOWHERE: Resource = {"cluster_header": "x-argosy-nowhere"}
ANY = "*"  # Envoy repeats what the page asks for
EXPOSED = (
    "retry-after",
    "x-ratelimit-limit",
    "x-ratelimit-remaining",
    "x-ratelimit-reset",
    "x-request-id",
)


def filters(cors: Cors | None) -> list[Resource]:
    """The first filters, before any that refuses; none when not asked for."""
    if cors is None:
        return []
    readable = {
        "@type": f"{TYPE}filters.http.header_mutation.v3.HeaderMutation",
        "mutations": {"response_mutations": [{"append": one} for one in _readable(cors)]},
    }
    preflights = {"@type": f"{TYPE}filters.http.cors.v3.Cors"}
    return [
        {"name": "envoy.filters.http.header_mutation", "typed_config": readable},
        {"name": CORS, "typed_config": preflights},
    ]


def entries(cors: Cors | None) -> list[Resource]:
    """The entry that preflights match, which the filter answers; it leads nowhere."""
    if cors is None:
        return []
    asked = ["origin", "access-control-request-method"]
    headers = [
        {"name": ":method", "string_match": {"exact": "OPTIONS"}},
        *({"name": name, "present_match": True} for name in asked),
    ]
    told = {
        "@type": f"{TYPE}filters.http.cors.v3.CorsPolicy",
        "allow_origin_string_match": [{"safe_regex": {"regex": _pattern(cors)}}],
        "allow_methods": METHODS,
        "allow_headers": ", ".join(("content-type", *cors.headers)) if cors.headers else ANY,
        "max_age": f"{cors.max_age:.0f}",
        "allow_credentials": cors.credentials,
        "forward_not_matching_preflights": False,
    }
    return [
        {
            "match": {"prefix": "/", "headers": headers},
            "route": NOWHERE,
            "typed_per_filter_config": {CORS: told},
        }
    ]


def _readable(cors: Cors) -> list[Resource]:
    """What answers bear for pages that may read them; a value that is empty adds no header."""
    allowed = f"('origin' in request.headers && request.headers['origin'].matches({_text(cors)}))"
    told = {
        "access-control-allow-origin": "request.headers['origin']",
        "access-control-expose-headers": json.dumps(", ".join(EXPOSED)),
    }
    if cors.credentials:
        told["access-control-allow-credentials"] = '"true"'
    return [
        *(header(name, f"%CEL({allowed} ? {value} : '')%") for name, value in told.items()),
        {**header("vary", "origin"), "append_action": "APPEND_IF_EXISTS_OR_ADD"},
    ]


def _text(cors: Cors) -> str:
    """The pattern as a text of CEL."""
    return json.dumps(f"^({_pattern(cors)})$")


def _pattern(cors: Cors) -> str:
    """A regular expression (RE2) of all origins."""
    return "|".join(
        ".+" if origin == "*" else re.escape(origin).replace(r"\*", "[a-z0-9.-]+")
        for origin in cors.origins
    )
