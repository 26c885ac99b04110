"""What the gateway answers itself: its pages, and errors as problem+json (RFC 9457). No I/O.

Replies of a known content are `Reply` values. Errors that Envoy meets on its way (no replica, a
connection lost, a timeout) get their body from `local_replies`.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from argosy.gateway.routing import Route, Routing

PROBLEM = "application/problem+json"
JSON = "application/json"
RETRY_AFTER = 1  # seconds, for failures that the next attempt may not meet
LONGEST_REASON = 2000
MOST_NAMES = 50
TOO_LARGE_TO_REPEAT = "The replica was lost, and the request is too large to be tried again."

# Envoy's response flags (its access log reference), what they mean to a caller, and whether trying
# again may help. The first match counts.
FAILURES = (
    (("UT",), "The model did not answer in time.", False),
    (("SI", "DT"), "Nothing was sent for too long.", False),
    (("UH",), "No replica is ready.", True),
    (("UF",), "No connection to a replica could be made.", True),
    (("UC", "UR", "LR"), "The replica ended before it answered.", True),
    (("URX", "UO"), "The model could not take the request.", True),
)


@dataclass(frozen=True)
class Reply:
    """A whole answer. Its content type follows from the status; ``headers`` come on top."""

    status: int
    body: str
    headers: tuple[tuple[str, str], ...] = ()


def health() -> Reply:
    """The gateway runs."""
    return Reply(200, json.dumps({"status": "ok"}))


def ready(routing: Routing) -> Reply:
    """Whether every declared model has a replica; else which have none, and why."""
    waiting = {r.model: r.unavailable[:LONGEST_REASON] for r in routing.routes if not r.endpoints}
    if not waiting:
        return Reply(200, json.dumps({"status": "ready"}))
    names = _listed(tuple(waiting))
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
    return _problem(503, detail, {"model": route.model, "reason": reason}, retry=route.retry_after)


def undeclared_model(routing: Routing) -> Reply:
    """A model that the stack file does not name."""
    names = _listed(tuple(route.model for route in routing.routes)) or "none"
    return _problem(404, f"No such model. The models of {routing.stack} are: {names}.")


def unknown_path() -> Reply:
    """A path that leads nowhere."""
    paths = "/api/<model>, /models/<model>/…, /health, /ready, /"
    return _problem(404, f"No such path. The gateway serves: {paths}.")


def header(name: str, value: str) -> dict[str, Any]:
    """A header in Envoy's form; it replaces one of the same name."""
    action = "OVERWRITE_IF_EXISTS_OR_ADD"
    return {"header": {"key": name, "value": value}, "append_action": action}


def local_replies() -> dict[str, Any]:
    """The body of every reply that Envoy makes itself; direct responses keep theirs."""
    keep = {"text_format_source": {"inline_string": "%LOCAL_REPLY_BODY%"}}
    return {
        "mappers": [
            _mapper([_direct(), _status("LE", 399)], {**keep, "content_type": JSON}),
            _mapper([_direct()], {**keep, "content_type": PROBLEM}),
            {
                **_mapper([_status("EQ", 507)], _problem_format(TOO_LARGE_TO_REPEAT)),
                "status_code": 503,
                "headers_to_add": [header("retry-after", str(RETRY_AFTER))],
            },
            *(_failure(*failure) for failure in FAILURES),
        ],
        "body_format": _problem_format("%LOCAL_REPLY_BODY%"),
    }


def _failure(flags: tuple[str, ...], detail: str, retry: bool) -> dict[str, Any]:
    mapper = _mapper([{"response_flag_filter": {"flags": list(flags)}}], _problem_format(detail))
    if retry:
        mapper["headers_to_add"] = [header("retry-after", str(RETRY_AFTER))]
    return mapper


def _mapper(filters: list[dict[str, Any]], body: dict[str, Any]) -> dict[str, Any]:
    only = filters[0] if len(filters) == 1 else {"and_filter": {"filters": filters}}
    return {"filter": only, "body_format_override": body}


def _problem_format(detail: str) -> dict[str, Any]:
    body = {
        "type": "about:blank",
        "status": "%RESPONSE_CODE%",
        "detail": detail,
        "reason": "%RESPONSE_CODE_DETAILS%",
    }
    return {"json_format": body, "content_type": PROBLEM}


def _direct() -> dict[str, Any]:
    kind = "type.googleapis.com/envoy.extensions.access_loggers.filters.cel.v3.ExpressionFilter"
    expression = "response.code_details == 'direct_response'"
    return {
        "extension_filter": {
            "name": "envoy.access_loggers.extension_filters.cel",
            "typed_config": {"@type": kind, "expression": expression},
        }
    }


def _status(comparison: str, status: int) -> dict[str, Any]:
    value = {"default_value": status, "runtime_key": "argosy.unused"}
    return {"status_code_filter": {"comparison": {"op": comparison, "value": value}}}


def _problem(
    status: int, detail: str, more: dict[str, Any] | None = None, retry: int | None = None
) -> Reply:
    title = HTTPStatus(status).phrase
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail}
    headers = (("retry-after", str(retry)),) if retry is not None else ()
    return Reply(status, json.dumps({**body, **(more or {})}), headers)


def _listed(names: tuple[str, ...]) -> str:
    shown = ", ".join(names[:MOST_NAMES])
    return f"{shown} and {len(names) - MOST_NAMES} more" if len(names) > MOST_NAMES else shown
