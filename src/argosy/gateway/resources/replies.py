"""What the gateway answers itself: its pages, and errors as problem+json (RFC 9457). No I/O.

What Envoy meets on its way (no replica, a connection lost, a timeout) is told by
`argosy.gateway.resources.failures`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any

from argosy.gateway.routing import Route, Routing

PROBLEM = "application/problem+json"
JSON = "application/json"
LONGEST_REASON = 2000
MOST_NAMES = 50


@dataclass(frozen=True)
class Reply:
    """A whole answer. Its content type follows from the status; ``headers`` come on top.

    ``model`` is the one in whose place it is given.
    """

    status: int
    body: str
    headers: tuple[tuple[str, str], ...] = ()
    model: str = ""


def health() -> Reply:
    """The gateway runs."""
    return Reply(200, json.dumps({"status": "ok"}))


def ready(routing: Routing) -> Reply:
    """Whether every declared model has a replica; else which have none, and why."""
    waiting = {r.model: r.unavailable[:LONGEST_REASON] for r in routing.routes if not r.endpoints}
    if not waiting:
        return Reply(200, json.dumps({"status": "ready"}))
    names = listed(tuple(waiting))
    detail = f"No replica is ready of: {names}."
    return _problem(503, detail, {"unavailable": dict(list(waiting.items())[:MOST_NAMES])}, retry=5)


def index(routing: Routing) -> Reply:
    """What is served here."""
    models = [{"name": r.model, "path": f"/api/{r.model}"} for r in routing.routes]
    return Reply(200, json.dumps({"stack": routing.stack, "models": models}))


def unavailable(route: Route) -> Reply:
    """A declared model without a replica."""
    reason = route.unavailable[:LONGEST_REASON]
    detail = f"{route.model} cannot answer now: {reason}"
    more = {"model": route.model, "reason": reason}
    return replace(_problem(503, detail, more, retry=route.retry_after), model=route.model)


def unknown_revision(route: Route) -> Reply:
    """A revision that is not published."""
    return replace(_problem(404, route.told_of_revisions()), model=route.model)


def undeclared_model(routing: Routing) -> Reply:
    """A model that the stack file does not name."""
    names = listed(tuple(route.model for route in routing.routes)) or "none"
    return _problem(404, f"No such model. The models of {routing.stack} are: {names}.")


def unknown_path() -> Reply:
    """A path that leads nowhere."""
    paths = "/api/<model>, /models/<model>/…, /v1/…, /v2/…, /health, /ready, /"
    return _problem(404, f"No such path. The gateway serves: {paths}.")


def header(name: str, value: str) -> dict[str, Any]:
    """A header in Envoy's form; it replaces one of the same name."""
    action = "OVERWRITE_IF_EXISTS_OR_ADD"
    return {"header": {"key": name, "value": value}, "append_action": action}


def _problem(
    status: int, detail: str, more: dict[str, Any] | None = None, retry: int | None = None
) -> Reply:
    title = HTTPStatus(status).phrase
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    headers = (("retry-after", str(retry)),) if retry is not None else ()
    return Reply(status, json.dumps({**body, **(more or {})}), headers)


def listed(names: tuple[str, ...]) -> str:
    """Names in a sentence; of very many, the first."""
    shown = ", ".join(names[:MOST_NAMES])
    return f"{shown} and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else shown
