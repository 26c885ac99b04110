"""What a request and its copy were answered, as values that can be compared. No I/O here."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Protocol

from argosy.probe.asking import CannotAnswer, comparable
from argosy.probe.item import Protocol as Asked
from argosy.scorers import Embed, Scorer

EVENTS = "text/event-stream"
JSON = "application/json"
DONE = "[DONE]"
PATHS: dict[str, Asked] = {
    "/predict": "predict",
    "/v1/chat/completions": "chat",
    "/v1/completions": "completions",
    "/infer": "infer",
}
EMBEDDINGS = "/v1/embeddings"


class Reply(Protocol):
    """An answer as it was recorded; see `argosy.gateway.recordings.Recorded`."""

    method: str
    path: str
    status: int
    content_type: str
    body: bytearray

    @property
    def whole(self) -> bool:
        """Whether nothing of the answer is missing."""


@dataclass(frozen=True)
class Compared:
    """``alike`` is None where they say nothing of each other; ``reason`` says why not."""

    alike: bool | None
    reason: str = ""


class CannotCompare(Exception):
    """There is nothing in an answer that could be compared; the text says why."""


async def compare(
    before: Reply, after: Reply, scorer: Scorer, embed: Embed | None = None
) -> Compared:
    """What the old and the new revision have answered.

    What the old one has not answered well says nothing. Where only the new one has not, they differ
    whatever the cause is: a model may fail for the very questions that matter.
    """
    try:
        old = value(before)
    except CannotCompare as error:
        return Compared(None, str(error))
    try:
        new = value(after)
    except CannotCompare as error:
        return Compared(False, str(error))
    if await scorer.alike(old, new, embed):
        return Compared(True)
    return Compared(False, "the answers are not alike")


def value(reply: Reply) -> Any:
    """What a scorer compares: as for a suite's item, and the vectors of /v1/embeddings.

    Of a stream of text it is the whole text, of any other stream the list of what came. Raises
    `CannotCompare`.
    """
    path = reply.path.partition("?")[0]
    asked = next((one for end, one in PATHS.items() if path.endswith(end)), None)
    if reply.method != "POST" or (asked is None and not path.endswith(EMBEDDINGS)):
        raise CannotCompare("it is no question to the model")
    if not 200 <= reply.status < 300:
        raise CannotCompare(f"it was answered with {reply.status or 'nothing'}")
    if not reply.whole:
        raise CannotCompare("the answer is too long, or broke off")
    try:
        if reply.content_type.startswith(EVENTS):
            return _streamed(asked, events(reply.body.decode()))
        answer = json.loads(reply.body)
        if asked is None:
            return [row["embedding"] for row in answer["data"]]
        return comparable(asked, answer)
    except (CannotAnswer, ValueError, KeyError, IndexError, TypeError, RecursionError) as error:
        raise CannotCompare(f"the answer cannot be read: {error}") from error


def events(text: str) -> list[Any]:
    """The data of server-sent events, as JSON. Raises `ValueError`."""
    lines = (
        line.removeprefix("data:").strip() for line in text.splitlines() if "data:" in line[:5]
    )
    return [json.loads(line) for line in lines if line and line != DONE]


def _streamed(asked: Asked | None, parts: list[Any]) -> Any:
    if asked not in {"chat", "completions"}:
        return parts
    first = [choice for part in parts for choice in part["choices"] if choice["index"] == 0]
    if asked == "completions":
        return "".join(choice["text"] for choice in first)
    said = [choice["delta"] for choice in first]
    calls = [delta["tool_calls"] for delta in said if delta.get("tool_calls")]
    return calls or "".join(delta.get("content") or "" for delta in said)
