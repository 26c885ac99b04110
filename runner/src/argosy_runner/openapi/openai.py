"""The paths of OpenAI's API in the document, for a model with chat, complete or embed. No I/O."""

from __future__ import annotations

from typing import Any

import msgspec

from argosy_runner.calls import Method
from argosy_runner.openapi.schemas import Schema, Schemas
from argosy_runner.protocols.openai.requests import (
    ChatRequest,
    CompletionRequest,
    EmbeddingRequest,
)

JSON = "application/json"
EVENTS = "With `stream` the answer comes as server-sent events, the last of which is `[DONE]`."
STATUSES = {
    "400": "The request cannot be understood",
    "404": "No such model",
    "429": "Too much is waiting",
    "500": "The model failed",
    "503": "Not ready",
    "504": "The deadline has passed",
}
TEXT: Schema = {"type": "string"}
NUMBER: Schema = {"type": "integer"}


def paths(
    model_name: str, methods: dict[str, Method], documentation: dict[str, Any], known: Schemas
) -> dict[str, Any]:
    """Of the methods that the model has; nothing where it has none of them."""
    found: dict[str, Any] = {}
    told = documentation.get("methods", {})

    def add(
        path: str, name: str, summary: str, request: type, example: Any, answer: Schema
    ) -> None:
        _, schemas = msgspec.json.schema_components(
            [request], ref_template="#/components/schemas/{name}"
        )
        known.components.update(schemas)
        about = [told.get(name, {}).get("about", ""), "" if name == "embed" else EVENTS]
        content: dict[str, Any] = {JSON: {"schema": answer}}
        if name != "embed":
            content["text/event-stream"] = {"schema": {}}
        operation = {
            "operationId": name,
            "summary": summary,
            "description": "\n\n".join(text for text in about if text),
            "requestBody": {
                "required": True,
                "content": {
                    JSON: {
                        "schema": {"$ref": f"#/components/schemas/{request.__name__}"},
                        "example": {"model": model_name, **example},
                    }
                },
            },
            "responses": {"200": {"description": "The answer", "content": content}, **_refusals()},
        }
        operation = {key: value for key, value in operation.items() if value}
        found[path] = {"post": operation}

    if "chat" in methods:
        message = {"role": "user", "content": "Hello"}
        answer = _text_answer("message", {"type": "object"})
        example: dict[str, Any] = {"messages": [message]}
        add("/v1/chat/completions", "chat", "Talk to the model", ChatRequest, example, answer)
    if "complete" in methods:
        answer = _text_answer("text", TEXT)
        example = {"prompt": "Once upon a time"}
        add("/v1/completions", "complete", "Go on with a text", CompletionRequest, example, answer)
    if "embed" in methods:
        example = {"input": ["a text", "another"]}
        add("/v1/embeddings", "embed", "Texts as vectors", EmbeddingRequest, example, _vectors())
    if found:
        known.components["Error"] = _error()
        found["/v1/models"] = {"get": _models()}
    return found


def _text_answer(word: str, schema: Schema) -> Schema:
    choice = {"index": NUMBER, word: schema, "finish_reason": {"type": ["string", "null"]}}
    usage = {"prompt_tokens": NUMBER, "completion_tokens": NUMBER, "total_tokens": NUMBER}
    return _object(
        {
            "id": TEXT, "object": TEXT, "created": NUMBER, "model": TEXT,
            "choices": {"type": "array", "items": _object(choice)},
            "usage": _object(usage),
        }
    )  # fmt: skip


def _vectors() -> Schema:
    vector = {"anyOf": [{"type": "array", "items": {"type": "number"}}, TEXT]}
    one = _object({"object": TEXT, "index": NUMBER, "embedding": vector})
    usage = _object({"prompt_tokens": NUMBER, "total_tokens": NUMBER})
    data = {"type": "array", "items": one}
    return _object({"object": TEXT, "data": data, "model": TEXT, "usage": usage})


def _models() -> dict[str, Any]:
    one = _object({"id": TEXT, "object": TEXT, "created": NUMBER, "owned_by": TEXT})
    answer = _object({"object": TEXT, "data": {"type": "array", "items": one}})
    return {
        "operationId": "models",
        "summary": "The model's name",
        "responses": {"200": {"description": "The one", "content": {JSON: {"schema": answer}}}},
    }


def _error() -> Schema:
    maybe: Schema = {"type": ["string", "null"]}
    return _object(
        {"error": _object({"message": TEXT, "type": TEXT, "param": maybe, "code": maybe})}
    )


def _refusals() -> dict[str, Any]:
    content = {JSON: {"schema": {"$ref": "#/components/schemas/Error"}}}
    return {status: {"description": text, "content": content} for status, text in STATUSES.items()}


def _object(properties: dict[str, Schema]) -> Schema:
    return {"type": "object", "properties": properties, "required": list(properties)}
