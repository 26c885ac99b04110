"""Who may call: tokens in a file that nginx reads into a map. No I/O here.

Keys that Argosy makes are signed tokens (EdDSA), which nginx does not verify, so callers of the
exported files have tokens of their own.
"""

from __future__ import annotations

from argosy.export.nginx.syntax import block
from argosy.gateway.routing import Routing

SECRET = "keys"  # noqa: S105  the name of the file that holds them
FILE = f"/run/secrets/{SECRET}"


def maps(routing: Routing) -> list[str]:
    """``$caller``: the name of whose token was sent, or else the caller's address."""
    if not routing.gateway.needs_keys:
        return ["map $remote_addr $caller {", "    default $remote_addr;", "}"]
    return [
        "# Lines of secrets/keys are `<token> <name>;`. What is not among them opens nothing.",
        *block(
            "map $http_authorization $token",
            ["default $http_x_api_key;", r"~*^bearer\s+(?<bearer>\S+)$ $bearer;"],
        ),
        *block("map $token $caller", ['default "";', f"include {FILE};"]),
        *block("map $request_uri $open", ["default 0;", r"~^/(health|ready)(\?|$) 1;"]),
        *block('map "$open:$caller" $refused', ["default 0;", '"0:" 1;']),
    ]


def refusal(routing: Routing, own_health: bool) -> list[str]:
    """What a server does before anything else.

    The health of the gateway is everybody's, that of a model at a host of its own is not.
    """
    if not routing.gateway.needs_keys:
        return []
    return block("if ($refused)" if own_health else 'if ($caller = "")', ["return 401;"])


def headers(routing: Routing, directive: str) -> list[str]:
    """What replicas are told of the caller: never the key."""
    told = [f"{directive} x-argosy-caller $caller;"]
    if routing.gateway.needs_keys:
        told += [f'{directive} authorization "";', f'{directive} x-api-key "";']
    return told
