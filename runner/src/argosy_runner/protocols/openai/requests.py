"""What OpenAI's clients send, and what is wrong with it. No I/O here."""

from __future__ import annotations

from typing import Annotated, Any, Literal, TypeVar

import msgspec

from argosy_runner.problems import NOT_JSON, Problem
from argosy_runner.signatures import misfit

MOST_STOPS = 16
MOST_CHOICES = 128
Count = Annotated[int, msgspec.Meta(ge=1)]
Wanted = TypeVar("Wanted")

FOR_THE_MODEL = (
    "temperature", "top_p", "presence_penalty", "frequency_penalty", "logit_bias", "seed",
    "response_format", "reasoning_effort", "user",
)  # fmt: skip
"""Told to a model that takes them, and dropped otherwise."""

MUST_BE_TAKEN = ("tools", "tool_choice", "logprobs", "top_logprobs")
"""An answer without them would be another one: refused where the model does not take them."""


class StreamOptions(msgspec.Struct, frozen=True):
    """``include_usage``: a last piece with the tokens."""

    include_usage: bool = False


class TextRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What chat and completions share."""

    model: str = ""
    stream: bool | None = False
    stream_options: StreamOptions | None = None
    n: Annotated[int, msgspec.Meta(ge=1, le=MOST_CHOICES)] | None = 1
    stop: str | Annotated[list[str], msgspec.Meta(max_length=MOST_STOPS)] | None = None
    max_tokens: Count | None = None
    seed: int | None = None
    temperature: Annotated[float, msgspec.Meta(ge=0, le=2)] | None = None
    top_p: Annotated[float, msgspec.Meta(ge=0, le=1)] | None = None
    presence_penalty: float | None = None
    frequency_penalty: float | None = None
    logit_bias: dict[str, float] | None = None
    response_format: dict[str, Any] | None = None
    reasoning_effort: str | None = None
    user: str | None = None

    @property
    def stops(self) -> tuple[str, ...]:
        """The texts that end an answer."""
        stop = self.stop or ()
        return (stop,) if isinstance(stop, str) else tuple(text for text in stop if text)


class ChatRequest(TextRequest, frozen=True, kw_only=True):
    """``POST /v1/chat/completions``."""

    messages: Annotated[list[dict[str, Any]], msgspec.Meta(min_length=1)]
    max_completion_tokens: Count | None = None
    tools: list[dict[str, Any]] | None = None
    tool_choice: str | dict[str, Any] | None = None
    logprobs: bool | None = None
    top_logprobs: int | None = None


class CompletionRequest(TextRequest, frozen=True, kw_only=True):
    """``POST /v1/completions``."""

    prompt: str | Annotated[list[str], msgspec.Meta(min_length=1, max_length=MOST_CHOICES)]
    echo: bool | None = False
    logprobs: int | None = None


class EmbeddingRequest(msgspec.Struct, frozen=True, kw_only=True):
    """``POST /v1/embeddings``."""

    input: str | Annotated[list[str], msgspec.Meta(min_length=1)]
    model: str = ""
    encoding_format: Literal["float", "base64"] = "float"
    dimensions: int | None = None


def parse(body: bytes, kind: type[Wanted], model_name: str, alias: bytes = b"") -> Wanted:
    """The request, for the model of this name or ``alias``. Raises `Problem` 400 and 404."""
    try:
        request = msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError as error:
        text = misfit(error)
        place, _, what = text.partition(": ")
        param = place.removeprefix("$").lstrip(".").partition(".")[0].partition("[")[0]
        shown = f"{place.removeprefix('$').lstrip('.')}: {what}" if param else what
        raise Problem(400, shown, param=param or None) from None
    except RecursionError:
        raise Problem(400, "the JSON is nested too deeply") from None
    except NOT_JSON as error:
        raise Problem(400, f"the body is not JSON: {error}") from None
    asked: str = getattr(request, "model", "")
    if asked and asked != model_name and asked.encode() != alias:
        text = f"no model {asked!r}; this is {model_name!r}"
        raise Problem(404, text, param="model", code="model_not_found")
    return request
