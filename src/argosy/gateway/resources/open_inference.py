"""The Open Inference Protocol's REST paths below ``/v2``: the model is named in the path. No I/O.

The forms are those of the protocol's "HTTP/REST" section; an error is ``{"error": <text>}``.
"""

from __future__ import annotations

import json

from argosy import __version__
from argosy.gateway.resources import revisions
from argosy.gateway.resources.entries import Resource, answer
from argosy.gateway.resources.failures import Form, Format
from argosy.gateway.resources.replies import JSON, LONGEST_REASON, Reply, listed
from argosy.gateway.routing import Route, Routing

NAME = "open_inference"
EXTENSIONS = ["binary_tensor_data"]  # what every runner speaks
RETRY_AFTER = 5
READY = "/v2/health/ready"


def entries(routing: Routing) -> list[Resource]:
    """The entries for ``/v2``: the server's own answers, each model, what leads nowhere."""
    return [
        *(answer({"path": path}, reply, form=NAME) for path, reply in pages().items()),
        answer({"path": READY}, ready(routing), form=NAME),
        *(entry for route in routing.routes for entry in _model(route)),
        answer({"prefix": "/v2/models/"}, undeclared(routing), form=NAME),
        answer({"prefix": "/v2/"}, unknown_path(), form=NAME),
    ]


def named(routing: Routing) -> list[Resource]:
    """The entries for requests that name a revision; they stand before all others."""
    found = []
    for route in routing.routes:
        unknown = Reply(404, _error(route.told_of_revisions()), model=route.model)
        every = {"safe_regex": {"regex": f"/v2/models/({route.names_pattern})(/.*)?"}}
        found += revisions.named(every, _matches(route), route, unknown, form=NAME)
    return found


def _model(route: Route) -> list[Resource]:
    return [
        entry
        for match, path in _matches(route)
        for entry in revisions.entries(match, route, unavailable(route), rewrite=path, form=NAME)
    ]


def _matches(route: Route) -> list[tuple[Resource, str]]:
    """A replica knows its model by its own name, so an alias is replaced in the path."""
    found: list[tuple[Resource, str]] = []
    for name in route.names:
        path = f"/v2/models/{name}"
        own = f"/v2/models/{route.model}" if name != route.model else ""
        found += [({"path": path}, own), ({"prefix": f"{path}/"}, own and f"{own}/")]
    return found


def pages() -> dict[str, Reply]:
    """What the server says of itself, by path."""
    about = {"name": "argosy", "version": __version__, "extensions": EXTENSIONS}
    server = Reply(200, json.dumps(about))
    return {
        "/v2": server,
        "/v2/": server,
        "/v2/health/live": Reply(200, json.dumps({"live": True})),
    }


def ready(routing: Routing) -> Reply:
    """Whether every declared model has a replica."""
    if all(route.endpoints for route in routing.routes):
        return Reply(200, json.dumps({"ready": True}))
    return Reply(503, json.dumps({"ready": False}), (("retry-after", str(RETRY_AFTER)),))


def unavailable(route: Route) -> Reply:
    """A declared model without a replica."""
    reason = f"{route.model} cannot answer now: {route.unavailable[:LONGEST_REASON]}"
    return Reply(503, _error(reason), (("retry-after", str(route.retry_after)),), route.model)


def undeclared(routing: Routing) -> Reply:
    """A model that the stack file does not name."""
    names = listed(tuple(route.model for route in routing.routes)) or "none"
    return Reply(404, _error(f"No such model. The models of {routing.stack} are: {names}."))


def unknown_path() -> Reply:
    """A path that leads nowhere."""
    paths = "/v2, /v2/health/live, /v2/health/ready, /v2/models/<model>/…"
    return Reply(404, _error(f"No such path. Of the Open Inference Protocol there are: {paths}."))


def _error(message: str) -> str:
    return json.dumps({"error": message})


def _format(message: str) -> Format:
    return {"json_format": {"error": message}, "content_type": JSON}


FORM = Form(NAME, failed=_format, refused=_format, too_many=_format, prefix="/v2/")
