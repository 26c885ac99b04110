"""What nginx answers itself, as the data that ``gateway.js`` reads: the gateway's own replies.

No I/O here.
"""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any

from argosy.export.nginx import limits
from argosy.gateway.resources import (
    failures,
    open_inference,
    open_inference_grpc,
    openai,
    replies,
)
from argosy.gateway.resources.authentication import REFUSALS
from argosy.gateway.resources.replies import JSON, PROBLEM, Reply
from argosy.gateway.routing import Route, Routing

HEAD = "// Written by `argosy export`: the names of the models, and what nginx answers itself.\n"
TEXT = "text/plain"
NO_KEY, WRONG_KEY = REFUSALS[0].detail, REFUSALS[3].detail
# By the status that is told.
DETAILS = {
    "400": "The request cannot be understood, or has an escaped slash in its path.",
    "408": "The request came too slowly.",
    "413": "The body is larger than the model takes.",
    "504": "Nothing was sent for too long.",
}


def script(routing: Routing) -> str:
    """``stack.js``: a module whose only export is the data."""
    told = json.dumps(answers(routing), indent=2, ensure_ascii=False)
    return f"{HEAD}export default {told};\n"


def answers(routing: Routing) -> dict[str, Any]:
    """Names, pages by their path, refusals by what is asked for, and the words of failures."""
    return {
        "names": {name: route.model for route in routing.routes for name in route.names},
        "metadata": list(open_inference_grpc.METADATA),
        "pages": _pages(routing),
        "below": _below(routing),
        "openai": {
            "undeclared": told(openai.undeclared(routing), JSON),
            "unnamed": told(openai.unnamed(routing), JSON),
            "not_json": told(openai.not_json(routing), JSON),
            "unknown_path": told(openai.unknown_path(), JSON),
        },
        "grpc": {
            "undeclared": told(open_inference_grpc.undeclared(routing), TEXT),
            "unnamed": told(open_inference_grpc.unnamed(routing), TEXT),
            "unknown_service": told(open_inference_grpc.unknown_service(), TEXT),
        },
        "unavailable": {route.model: _unavailable(route) for route in routing.routes},
        "details": {
            **DETAILS,
            "no_key": NO_KEY,
            "wrong_key": WRONG_KEY,
            "too_many": failures.TOO_MANY,
            "over_limit": f"Too many requests. Try again in {limits.RETRY_AFTER} s.",
        },
    }


def told(reply: Reply, content_type: str = "") -> dict[str, Any]:
    """A reply as data: without a content type that of the gateway's pages."""
    kind = content_type or (PROBLEM if reply.status >= HTTPStatus.BAD_REQUEST else JSON)
    headers = {"content-type": kind, **dict(reply.headers)}
    return {"status": reply.status, "headers": headers, "body": reply.body}


def _pages(routing: Routing) -> dict[str, Any]:
    own = {
        "/health": replies.health(),
        "/ready": replies.ready(routing),
        "/": replies.index(routing),
    }
    protocols = {
        **openai.pages(routing),
        **open_inference.pages(),
        open_inference.READY: open_inference.ready(routing),
    }
    return {path: told(reply) for path, reply in {**own, **protocols}.items()}


def _below(routing: Routing) -> list[dict[str, Any]]:
    """What leads nowhere, by the beginning of its path; the first one counts."""
    undeclared = told(replies.undeclared_model(routing))
    below = {
        "/v1/models/": told(openai.undeclared(routing), JSON),
        "/v1/": told(openai.unknown_path(), JSON),
        "/v2/models/": told(open_inference.undeclared(routing), JSON),
        "/v2/": told(open_inference.unknown_path(), JSON),
        "/api/": undeclared,
        "/models/": undeclared,
        "/": told(replies.unknown_path()),
    }
    return [{"prefix": prefix, "reply": reply} for prefix, reply in below.items()]


def _unavailable(route: Route) -> dict[str, Any]:
    """Of one model, in the form of each protocol."""
    absent = Route(route.model)
    return {
        "problem": told(replies.unavailable(absent)),
        "openai": told(openai.unavailable(absent), JSON),
        "open_inference": told(open_inference.unavailable(absent), JSON),
        "grpc": told(open_inference_grpc.unavailable(absent), TEXT),
        "without_grpc": told(open_inference_grpc.unavailable(route), TEXT),
    }
