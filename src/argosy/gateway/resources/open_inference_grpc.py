"""The Open Inference Protocol over gRPC: the model is named in the call's metadata. No I/O.

The protocol names the model inside the message, which Envoy does not read. So callers repeat it in
metadata, where KServe's ModelMesh (``mm-model-id``) and Seldon (``seldon-model``) look for it too.

Envoy turns an answer to a gRPC call into a status with a message, and takes the status from the
HTTP status: 400 would be INTERNAL. What an entry says in ``grpc-status`` counts more.
"""

from __future__ import annotations

from dataclasses import replace

from argosy.gateway.resources import revisions
from argosy.gateway.resources.entries import Resource, answer
from argosy.gateway.resources.failures import Form, Format
from argosy.gateway.resources.replies import LONGEST_REASON, Reply, listed
from argosy.gateway.routing import Route, Routing

NAME = "grpc"
SERVICE = "/inference.GRPCInferenceService/"
METADATA = ("model", "mm-model-id", "seldon-model")
INVALID_ARGUMENT, NOT_FOUND, RESOURCE_EXHAUSTED, UNIMPLEMENTED, UNAVAILABLE = 3, 5, 8, 12, 14


def entries(routing: Routing) -> list[Resource]:
    """The entries for gRPC calls; a stack's only model also gets those that name none."""
    nameless = (
        _to_model(routing.routes[0], _call())
        if len(routing.routes) == 1
        else [answer(_call(), unnamed(routing), form=NAME)]
    )
    return [
        *(
            entry
            for route in routing.routes
            for name in route.names
            for key in METADATA
            for entry in revisions.known_as(
                name, route, _to_model(route, _call(key, {"string_match": {"exact": name}}))
            )
        ),
        *(
            answer(_call(key, {"present_match": True}), undeclared(routing), form=NAME)
            for key in METADATA
        ),
        *nameless,
        answer({"prefix": "/", "grpc": {}}, unknown_service(), form=NAME),
    ]


def named(routing: Routing) -> list[Resource]:
    """The entries for calls that name a revision; they stand before all others."""
    found = []
    only = len(routing.routes) == 1
    for route in routing.routes:
        unknown = replace(_status(NOT_FOUND, route.told_of_revisions(), 404), model=route.model)
        calls = [
            (_call(key, {"string_match": {"exact": name}}), name)
            for name in route.names
            for key in METADATA
        ]
        calls += [(_call(), route.model)] if only else []
        for call, name in calls:
            told = revisions.named(
                call, [(call, "")], _endless(route), unknown, kind="grpc", form=NAME
            )
            found += revisions.known_as(name, route, told)
    return found


def _call(key: str = "", value: Resource | None = None) -> Resource:
    match: Resource = {"prefix": SERVICE, "grpc": {}}
    return {**match, "headers": [{"name": key, **(value or {})}]} if key else match


def _to_model(route: Route, match: Resource) -> list[Resource]:
    return revisions.entries(match, _endless(route), unavailable(route), kind="grpc", form=NAME)


def _endless(route: Route) -> Route:
    """A replica limits each message; a stream of them may be as long as it likes."""
    return replace(route, max_body=None)


def unavailable(route: Route) -> Reply:
    """A declared model without a replica, or one whose replicas have no gRPC."""
    if route.endpoints:
        reply = _status(UNIMPLEMENTED, f"{route.model} has no gRPC.", 404)
        return replace(reply, model=route.model)
    reason = f"{route.model} cannot answer now: {route.unavailable[:LONGEST_REASON]}"
    return replace(_status(UNAVAILABLE, reason, 503), model=route.model)


def undeclared(routing: Routing) -> Reply:
    """A model that the stack file does not name."""
    return _status(NOT_FOUND, f"No such model. {_models(routing)}", 404)


def unnamed(routing: Routing) -> Reply:
    """A call without a model, where the stack has several."""
    detail = f"Which model? Name it in the metadata `{METADATA[0]}`. {_models(routing)}"
    return _status(INVALID_ARGUMENT, detail, 400)


def unknown_service() -> Reply:
    """A service that replicas do not have."""
    return _status(UNIMPLEMENTED, f"No such service. The gateway has {SERVICE.strip('/')}.", 404)


def _models(routing: Routing) -> str:
    names = listed(tuple(route.model for route in routing.routes)) or "none"
    return f"The models of {routing.stack} are: {names}."


def _status(code: int, message: str, http_status: int) -> Reply:
    return Reply(http_status, message, (("grpc-status", str(code)),))


def _format(message: str) -> Format:
    return {"text_format_source": {"inline_string": message}}


FORM = Form(
    NAME,
    failed=_format,
    refused=_format,
    too_many=_format,
    content_type="application/grpc",
    # Envoy would make UNAVAILABLE of 429.
    too_many_headers=(("grpc-status", str(RESOURCE_EXHAUSTED)),),
)
