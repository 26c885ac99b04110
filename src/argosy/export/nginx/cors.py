"""Web pages that may call from a browser. No I/O here."""

from __future__ import annotations

import re

from argosy.export.nginx.syntax import block
from argosy.gateway.resources.cors import EXPOSED, METHODS
from argosy.stack.model import Cors

PREFLIGHT = "/-/preflight"


def maps(cors: Cors | None) -> list[str]:
    """``$page``: the origin that asks, if it may; ``$preflight``: whether that is all it asks."""
    if cors is None:
        return []
    return [
        *block("map $http_origin $page", ['default "";', f'"~^({_pattern(cors)})$" $http_origin;']),
        *block(
            'map "$request_method:$http_origin,$http_access_control_request_method" $preflight',
            ["default 0;", '"~^OPTIONS:.+,.+" 1;'],
        ),
    ]


def headers(cors: Cors | None) -> list[str]:
    """On every answer, the refusals too; nginx leaves out a header whose value is empty."""
    if cors is None:
        return []
    lines = [
        "add_header access-control-allow-origin $page always;",
        f'add_header access-control-expose-headers "{", ".join(EXPOSED)}" always;',
        "add_header vary origin always;",
    ]
    if cors.credentials:
        lines.append("add_header access-control-allow-credentials true always;")
    return lines


def answer(cors: Cors | None) -> list[str]:
    """What a server does before keys are asked for: preflights carry none."""
    return block("if ($preflight)", [f"rewrite ^ {PREFLIGHT} last;"]) if cors else []


def location(cors: Cors | None) -> list[str]:
    """Where preflights are answered."""
    if cors is None:
        return []
    allowed = (
        f'"{", ".join(("content-type", *cors.headers))}"'
        if cors.headers
        else "$http_access_control_request_headers"
    )
    return block(
        f"location = {PREFLIGHT}",
        [
            "internal;",
            *headers(cors),
            f'add_header access-control-allow-methods "{METHODS}" always;',
            f"add_header access-control-allow-headers {allowed} always;",
            f"add_header access-control-max-age {cors.max_age:.0f} always;",
            "return 200;",
        ],
    )


def _pattern(cors: Cors) -> str:
    return "|".join(
        ".+" if origin == "*" else re.escape(origin).replace(r"\*", "[a-z0-9.-]+")
        for origin in cors.origins
    )
