"""The OpenAPI document of one replica: plain data. No I/O here."""

from __future__ import annotations

from typing import Any

from argosy_runner.calls import Method
from argosy_runner.openapi import open_inference, openai, schemas
from argosy_runner.openapi.schemas import FILE, Schema, Schemas
from argosy_runner.problems import CONTENT_TYPE as PROBLEM
from argosy_runner.problems import TITLES
from argosy_runner.signatures.tensors import Tensors
from argosy_runner.signatures.values import Values

VERSION = "3.1.0"
REFUSALS = (400, 413, 415, 422, 429, 500, 503, 504)
WITH_RETRY = (429, 503)
JSON = "application/json"
EVENTS = (
    "The answer comes as server-sent events: each `data:` is one piece, as JSON; then `event: end`,"
    " or `event: error` with the problem."
)
IF_ASKED = "With `accept: text/event-stream`: "


def describe(
    model_name: str, revision: str, methods: dict[str, Method], documentation: dict[str, Any]
) -> dict[str, Any]:
    """``documentation`` is what the model's worker says of it, empty for a graph."""
    components = {"Problem": _problem()}
    known = Schemas(components)
    paths = {
        **_predict(methods, documentation, known),
        **openai.paths(model_name, methods, documentation, known),
        **open_inference.paths(model_name, revision, methods, documentation, components),
        **_own(),
    }
    return {
        "openapi": VERSION,
        "info": {
            "title": model_name,
            "version": revision,
            "description": documentation.get("about") or f"The model {model_name}.",
        },
        "servers": [{"url": ".", "description": "Where this document lies"}],
        "paths": paths,
        "components": {
            "schemas": components,
            "parameters": {"RequestTimeout": _timeout(), "Priority": _priority()},
            "responses": {f"Problem{status}": _refusal(status) for status in REFUSALS},
        },
    }


def _predict(
    methods: dict[str, Method], documentation: dict[str, Any], known: Schemas
) -> dict[str, Any]:
    predict, stream = methods.get("predict"), methods.get("stream")
    method = predict or stream
    if method is None:
        return {}
    told = documentation.get("methods", {}).get(method.name, {})
    content: dict[str, Any] = {}
    if predict is not None:
        content[JSON] = {"schema": _envelope("output", _returned(predict, documentation, known))}
    if stream is not None:
        piece = _returned(stream, documentation, known)
        content["text/event-stream"] = {"schema": {"contentSchema": piece}}
    events = ("" if predict is None else IF_ASKED) + EVENTS if stream is not None else ""
    about = "\n\n".join(text for text in (told.get("about"), events) if text)
    operation = {
        "operationId": "predict",
        "summary": "Ask the model",
        **({"description": about} if about else {}),
        "parameters": [
            _reference("parameters", "RequestTimeout"),
            _reference("parameters", "Priority"),
        ],
        "requestBody": {
            "required": True,
            "content": _request(method, documentation, known),
        },
        "responses": {
            "200": {"description": "The answer", "content": content},
            **{str(status): _reference("responses", f"Problem{status}") for status in REFUSALS},
        },
    }
    return {"/predict": {"post": operation}}


def _request(method: Method, documentation: dict[str, Any], known: Schemas) -> dict[str, Any]:
    """The bodies that the model takes, by their content types; the first is the one to try."""
    signature = method.signature
    description = signature.description if isinstance(signature, Values) else None
    if isinstance(signature, Tensors):
        row, sample = schemas.of_tensors(signature.inputs), schemas.zeros(signature.inputs)
    else:
        row, sample = known.of(description), schemas.value_of(description)
    sample = documentation.get("example", sample)
    content: dict[str, Any] = {}
    if description != "bytes":
        content[JSON] = {
            "schema": _envelope("input", row, with_many=not method.streams),
            **(_examples(sample, method) if sample is not None else {}),
        }
    if description in ("bytes", "any"):
        content["application/octet-stream"] = {"schema": FILE}
        if "example_bytes" in documentation:
            content["application/octet-stream"]["example"] = documentation["example_bytes"]
    if (form := known.form(description)) is not None:
        content["multipart/form-data"] = {"schema": form}
    return content


def _examples(sample: Any, method: Method) -> dict[str, Any]:
    found = {"input": {"summary": "One input", "value": {"input": sample}}}
    if not method.streams:
        found["inputs"] = {"summary": "Several", "value": {"inputs": [sample, sample]}}
    return {"examples": found}


def _returned(method: Method, documentation: dict[str, Any], known: Schemas) -> Schema:
    if isinstance(method.signature, Tensors):
        return schemas.of_tensors(method.signature.outputs)
    told = documentation.get("methods", {}).get(method.name, {})
    return Schemas(known.components, closed=False).of(told.get("returns", "any"))


def _envelope(word: str, row: Schema, *, with_many: bool = True) -> Schema:
    """``{"input": row}`` or ``{"inputs": [row, …]}``; of outputs alike."""
    one = _object_with(word, row)
    many = _object_with(f"{word}s", {"type": "array", "items": row})
    return {"oneOf": [one, many]} if with_many else one


def _object_with(word: str, schema: Schema) -> Schema:
    return {
        "type": "object",
        "properties": {word: schema},
        "required": [word],
        "additionalProperties": False,
    }


def _own() -> dict[str, Any]:
    """What every replica answers."""
    ready = {
        "type": "object",
        "properties": {
            "ready": {"type": "boolean"},
            "queueing": {"type": "boolean"},
            "state": {"type": "string"},
            "reason": {"type": "string"},
            "warning": {"type": "string"},
            "device": {"type": "string"},
            "cold_start": {"type": "object", "additionalProperties": {"type": "number"}},
            "worker_restarts": {"type": "integer"},
        },
        "required": ["ready", "state", "reason"],
    }
    alive = {"type": "object", "properties": {"status": {"const": "alive"}}}
    return {
        "/health": _get("health", "Does the replica run?", {"200": ("It does", JSON, alive)}),
        "/ready": _get(
            "ready",
            "Does the model answer?",
            {"200": ("It does", JSON, ready), "503": ("Not now; `reason` says why", JSON, ready)},
        ),
        "/metrics": _get(
            "metrics",
            "What the replica counts, for Prometheus",
            {"200": ("Metrics", "text/plain", {"type": "string"})},
        ),
    }


def _get(
    name: str, summary: str, answers: dict[str, tuple[str, str, Schema]]
) -> dict[str, dict[str, Any]]:
    responses = {
        status: {"description": text, "content": {content_type: {"schema": schema}}}
        for status, (text, content_type, schema) in answers.items()
    }
    return {"get": {"operationId": name, "summary": summary, "responses": responses}}


def _timeout() -> dict[str, Any]:
    return {
        "name": "x-request-timeout",
        "in": "header",
        "description": "How long the caller would wait, `2s` or `500ms`; then 504.",
        "schema": {"type": "string", "pattern": r"^[0-9.]+(s|ms)?$"},
    }


def _priority() -> dict[str, Any]:
    return {
        "name": "priority",
        "in": "header",
        "description": "`u=0` (most urgent) to `u=7`, 3 without it: which of the caller's own "
        "requests goes first (RFC 9218).",
        "schema": {"type": "string", "examples": ["u=1"]},
    }


def _refusal(status: int) -> dict[str, Any]:
    found: dict[str, Any] = {
        "description": TITLES[status],
        "content": {PROBLEM.decode(): {"schema": _reference("schemas", "Problem")}},
    }
    if status in WITH_RETRY:
        text = "In how many seconds to try again"
        found["headers"] = {"retry-after": {"description": text, "schema": {"type": "integer"}}}
    return found


def _problem() -> Schema:
    """Of RFC 9457."""
    return {
        "type": "object",
        "properties": {
            "type": {"type": "string"},
            "title": {"type": "string"},
            "status": {"type": "integer"},
            "detail": {"type": "string"},
        },
        "required": ["type", "title", "status", "detail"],
    }


def _reference(kind: str, name: str) -> dict[str, str]:
    return {"$ref": f"#/components/{kind}/{name}"}
