"""OpenAI's paths below ``/v1/``: the model is named in the body, as JSON. No I/O.

Envoy reads the body's ``model`` into its metadata and then chooses the entry again, so that no
Python is in the path. The filters for it run only on the entry that such a request matches at
first, the last one here: other paths neither wait for a body nor keep it.

The forms are those of OpenAI's API reference: "List models", "Retrieve model", and its errors.
"""

from __future__ import annotations

import json

from argosy.gateway.resources import counting, revisions
from argosy.gateway.resources.caller import READ_CALLER
from argosy.gateway.resources.entries import METADATA, ON, STREAM, TYPE, Resource, answer
from argosy.gateway.resources.failures import Form, Format
from argosy.gateway.resources.guards import CONNECTION_BUFFER
from argosy.gateway.resources.replies import JSON, LONGEST_REASON, Reply, listed
from argosy.gateway.routing import Route, Routing

NAME = "openai"
LARGEST_BODY = 16 << 20  # Envoy's JSON tree takes up to a hundred times as much memory
BUFFER = "envoy.filters.http.buffer"
READ_MODEL = "envoy.filters.http.json_to_metadata"
FAULT = "fault"
FAULTS = NO_MODEL, NOT_JSON = "no model", "not JSON"


def filters() -> list[Resource]:
    """Envoy's filters that read the model from a body; off, unless an entry turns them on.

    The first raises the limit of what a filter may keep, for bodies that are larger than it.
    """
    buffer = {"@type": f"{TYPE}filters.http.buffer.v3.Buffer", "max_request_bytes": LARGEST_BODY}
    model = {
        "selectors": [{"key": "model"}],
        "on_present": {"metadata_namespace": METADATA, "key": "model", "type": "PROTOBUF_VALUE"},
        "on_missing": {"metadata_namespace": METADATA, "key": FAULT, "value": NO_MODEL},
        "on_error": {"metadata_namespace": METADATA, "key": FAULT, "value": NOT_JSON},
    }
    stream = {
        "selectors": [{"key": "stream"}],
        "on_present": {"metadata_namespace": METADATA, "key": STREAM, "type": "PROTOBUF_VALUE"},
        "on_missing": {"metadata_namespace": METADATA, "key": STREAM, "value": False},
    }
    read_model = {
        "@type": f"{TYPE}filters.http.json_to_metadata.v3.JsonToMetadata",
        "request_rules": {
            "rules": [model, stream],
            # Exact names would not take "application/json; charset=utf-8", nor what curl -d says.
            "allow_content_types_regex": {"regex": ".*"},
            "allow_empty_content_type": True,
        },
    }
    return [
        {"name": BUFFER, "disabled": True, "typed_config": buffer},
        {"name": READ_MODEL, "disabled": True, "typed_config": read_model},
    ]


def entries(routing: Routing) -> list[Resource]:
    """The entries for ``/v1/``; a stack's only model also gets what names no model.

    What is POSTed comes first: it looks for its entry twice, and models are seldom listed.
    """
    only = routing.routes[0] if len(routing.routes) == 1 else None
    return [
        *(
            entry
            for route in routing.routes
            for name in route.names
            for entry in revisions.known_as(name, route, _to_model(route, "model", name))
        ),
        *(entry for fault in FAULTS if only for entry in _to_model(only, FAULT, fault)),
        answer(_post(_metadata(FAULT, {"exact": NOT_JSON})), not_json(routing), form=NAME),
        answer(_post(_metadata("model")), undeclared(routing), form=NAME),
        *_reading(routing),
        *_listing(routing),
        answer({"prefix": "/v1/"}, unknown_path(), form=NAME),
    ]


def pages(routing: Routing) -> dict[str, Reply]:
    """What GET is answered, by path: all models by every name, and each."""
    models = {
        name: {"id": name, "object": "model", "created": route.created, "owned_by": routing.stack}
        for route in routing.routes
        for name in route.names
    }
    whole = Reply(200, json.dumps({"object": "list", "data": list(models.values())}))
    each = {f"/v1/models/{name}": Reply(200, json.dumps(one)) for name, one in models.items()}
    return {"/v1/models": whole, **each}


def _listing(routing: Routing) -> list[Resource]:
    return [
        *(answer(_get({"path": path}), reply, form=NAME) for path, reply in pages(routing).items()),
        answer(_get({"prefix": "/v1/models/"}), undeclared(routing), form=NAME),
    ]


def named(routing: Routing) -> list[Resource]:
    """The entries for requests that name a revision; they stand before all others."""
    found = []
    only = len(routing.routes) == 1
    for route in routing.routes:
        asked = [(_post(_metadata("model", {"exact": name})), name) for name in route.names]
        faults = [_post(_metadata(FAULT, {"exact": fault})) for fault in FAULTS if only]
        for match, name in [*asked, *((fault, route.model) for fault in faults)]:
            unknown = _unknown_revision(route)
            told = revisions.named(match, [(match, "")], route, unknown, form=NAME, metered=True)
            found += revisions.known_as(name, route, told)
    return found


def _to_model(route: Route, key: str, value: str) -> list[Resource]:
    match = _post(_metadata(key, {"exact": value}))
    return revisions.entries(match, route, unavailable(route), form=NAME, metered=True)


def _get(path: Resource) -> Resource:
    method = {"safe_regex": {"regex": "GET|HEAD"}}
    return {**path, "headers": [{"name": ":method", "string_match": method}]}


def _post(*metadata: Resource) -> Resource:
    match: Resource = {
        "prefix": "/v1/",
        "headers": [{"name": ":method", "string_match": {"exact": "POST"}}],
    }
    return {**match, "dynamic_metadata": list(metadata)} if metadata else match


def _metadata(key: str, text: Resource | None = None) -> Resource:
    value = {"string_match": text} if text else {"present_match": True}
    return {"filter": METADATA, "path": [{"key": key}], "value": value}


def _reading(routing: Routing) -> list[Resource]:
    """What a request matches at first, with the filters that read it; later ones turn on no more.

    Most bodies are small, and say so: to raise the limit for them would take longer than to read
    them. Of others the filter that does so also tells the length, by which tokens are estimated.
    """
    shared = any(revisions.is_shared(route) for route in routing.routes)
    caller = (READ_CALLER,) if shared else ()
    usage = counting.read_usage(routing)
    every = _post()
    fits = {"name": "content-length", "range_match": {"start": 0, "end": CONNECTION_BUFFER}}
    small = {**every, "headers": [*every["headers"], fits]}
    return [
        {
            **answer(match, unnamed(routing), form=NAME),
            "typed_per_filter_config": dict.fromkeys((*caller, *raised, READ_MODEL, *usage), ON),
        }
        for match, raised in ((small, ()), (every, (BUFFER,)))
    ]


def unavailable(route: Route) -> Reply:
    """A declared model without a replica."""
    message = f"{route.model} cannot answer now: {route.unavailable[:LONGEST_REASON]}"
    body = _error(message, "server_error", "model", "model_not_ready")
    return Reply(503, body, (("retry-after", str(route.retry_after)),), route.model)


def _unknown_revision(route: Route) -> Reply:
    message = route.told_of_revisions()
    body = _error(message, "invalid_request_error", None, "revision_not_found")
    return Reply(404, body, model=route.model)


def undeclared(routing: Routing) -> Reply:
    """A model that the stack file does not name."""
    message = f"No such model. {_models(routing)}"
    return Reply(404, _error(message, "invalid_request_error", "model", "model_not_found"))


def unnamed(routing: Routing) -> Reply:
    """A body without a model, where the stack has several."""
    message = f"The body names no model in `model`. {_models(routing)}"
    return Reply(400, _error(message, "invalid_request_error", "model", "model_not_found"))


def not_json(routing: Routing) -> Reply:
    """A body that cannot be read."""
    message = f"The body is no JSON that can be read, so it names no model. {_models(routing)}"
    return Reply(400, _error(message, "invalid_request_error", "model", "model_not_found"))


def unknown_path() -> Reply:
    """A path that leads nowhere."""
    message = (
        "No such path. Requests that name a model are POSTed; GET /v1/models lists the models."
    )
    return Reply(404, _error(message, "invalid_request_error", None, "not_found"))


def _models(routing: Routing) -> str:
    names = listed(tuple(route.model for route in routing.routes)) or "none"
    return f"The models of {routing.stack} are: {names}."


def _error(message: str, kind: str, param: str | None, code: str) -> str:
    error = {"message": message, "type": kind, "param": param, "code": code}
    return json.dumps({"error": error})


def _format(message: str, kind: str, code: str | None = None) -> Format:
    error = {"message": message, "type": kind, "param": None, "code": code}
    return {"json_format": {"error": error}, "content_type": JSON}


FORM = Form(
    NAME,
    failed=lambda detail: _format(detail, "server_error"),
    refused=lambda detail: _format(detail, "invalid_request_error"),
    coded=lambda detail, code: _format(detail, "invalid_request_error", code),
    too_many=lambda detail: _format(detail, "rate_limit_error"),
    prefix="/v1/",
    limited=lambda detail, what: _format(detail, what, "rate_limit_exceeded"),
)
