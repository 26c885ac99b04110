"""OpenAI's paths below a model's own, whose answers are read for the tokens they used up. No I/O.

Without budgets of tokens there are no such entries: the model's others take these paths along.
"""

from __future__ import annotations

from collections.abc import Iterable

from argosy.gateway.resources import counting, openai, revisions
from argosy.gateway.resources.entries import ON, Resource
from argosy.gateway.resources.replies import Reply
from argosy.gateway.routing import Route, Routing

OPENAI = "/v1/"


def entries(
    prefixes: Iterable[str], route: Route, routing: Routing, unavailable: Reply
) -> list[Resource]:
    """The entries for what lies below ``prefixes``, which have no slash at their end."""
    found = []
    for match in _matches(prefixes, routing):
        found += revisions.entries(match, route, unavailable, rewrite=OPENAI, metered=True)
    return _read(found, routing)


def named(
    prefixes: Iterable[str], route: Route, routing: Routing, unknown: Reply
) -> list[Resource]:
    """The same for requests that name a revision."""
    found = []
    for match in _matches(prefixes, routing):
        found += revisions.named(match, [(match, OPENAI)], route, unknown, metered=True)
    return _read(found, routing)


def _matches(prefixes: Iterable[str], routing: Routing) -> list[Resource]:
    if not counting.read_usage(routing):
        return []
    return [{"prefix": f"{prefix}{OPENAI}"} for prefix in prefixes]


def _read(found: list[Resource], routing: Routing) -> list[Resource]:
    on = {openai.BUFFER: ON, **counting.read_usage(routing)}
    return [
        {**one, "typed_per_filter_config": {**one.get("typed_per_filter_config", {}), **on}}
        if "route" in one
        else one
        for one in found
    ]
