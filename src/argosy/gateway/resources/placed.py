"""The paths that models ask for in the stack file, by `route`. No I/O.

The path itself is the model's `/predict`, or the root of an engine that is a server of its own;
what lies below it is the same path on the model's replicas.
"""

from __future__ import annotations

import re

from argosy.gateway.resources import metered, replies, revisions
from argosy.gateway.resources.entries import Resource
from argosy.gateway.routing import Route, Routing

PREDICT = "/predict"


def entries(routing: Routing, host: str | None) -> list[Resource]:
    """The entries for one host; None are the hosts that no model asks for. Longer paths first."""
    here = [route for route in routing.routes if route.path and route.host in (host, None)]
    # What names its host counts more than what does not.
    here.sort(key=lambda route: (-len(_prefix(route)), route.host is None))
    return [
        *(entry for route in here for entry in _named(route, routing)),
        *(entry for route in here for entry in _by_weight(route, routing)),
    ]


def _named(route: Route, routing: Routing) -> list[Resource]:
    unknown = replies.unknown_revision(route)
    every = {"safe_regex": {"regex": f"{re.escape(_prefix(route))}(/.*)?"}}
    return [
        *metered.named([_prefix(route)], route, routing, unknown),
        *revisions.named(every, _matches(route), route, unknown),
    ]


def _by_weight(route: Route, routing: Routing) -> list[Resource]:
    unavailable = replies.unavailable(route)
    found = metered.entries([_prefix(route)], route, routing, unavailable)
    for match, rewrite in _matches(route):
        found += revisions.entries(match, route, unavailable, rewrite=rewrite)
    return found


def _matches(route: Route) -> list[tuple[Resource, str]]:
    prefix = _prefix(route)
    itself = "/" if any(share.probe_endpoints is not None for share in route.revisions) else PREDICT
    exact: list[Resource] = [{"path": path} for path in (prefix, f"{prefix}/") if path]
    return [*((match, itself) for match in exact), ({"prefix": f"{prefix}/"}, "/")]


def _prefix(route: Route) -> str:
    """The path without its last slash: empty for the root."""
    return (route.path or "").rstrip("/")
