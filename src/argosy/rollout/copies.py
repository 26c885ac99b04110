"""What a request and its copy were answered, as values that can be compared. No I/O here."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, Protocol

from argosy.gateway.recordings import LONGEST_BODY
from argosy.probe.asking import CannotAnswer, comparable
from argosy.probe.item import Protocol as Asked
from argosy.rollout import grpc_answers
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
WITHOUT_STAMP = "/predict"  # OpenAI's have an id and the time, those of /infer name the revision
GRPC = "application/grpc"
GRPC_OK = "0"
LONGER = f"longer than {LONGEST_BODY >> 10} KiB"


class Reply(Protocol):
    """An answer as it was recorded; see `argosy.gateway.recordings.Recorded`."""

    method: str
    path: str
    status: int
    grpc_status: str
    content_type: str
    body: bytearray
    ended: bool

    @property
    def whole(self) -> bool:
        """Whether nothing of the answer is missing."""

    @property
    def digest(self) -> bytes:
        """Of the whole body, however long it is."""


@dataclass(frozen=True)
class Compared:
    """``alike`` is None where they say nothing of each other; ``reason`` says why not."""

    alike: bool | None
    reason: str = ""


class CannotCompare(Exception):
    """There is nothing in an answer that could be compared; the text says why."""


class TooLong(CannotCompare):
    """Only the beginning of the answer is known, and the digest of all of it."""


async def compare(
    before: Reply, after: Reply, scorer: Scorer, embed: Embed | None = None
) -> Compared:
    """What the old and the new revision have answered.

    What the old one has not answered well says nothing. Where only the new one has not, they differ
    whatever the cause is: a model may fail for the very questions that matter.
    """
    try:
        old = value(before)
    except TooLong as error:
        return _by_digest(before, after, str(error))
    except CannotCompare as error:
        return Compared(None, str(error))
    try:
        new = value(after)
    except CannotCompare as error:
        return Compared(False, str(error))
    if await scorer.alike(old, new, embed):
        return Compared(True)
    return Compared(False, "the answers are not alike")


def _by_digest(before: Reply, after: Reply, reason: str) -> Compared:
    """Of long answers that hold nothing but the model's, so that equal ones have equal bytes.

    A difference counts although a scorer might forgive it: to leave it out would count the equal
    ones alone.
    """
    if not _path(before).endswith(WITHOUT_STAMP) or before.content_type.startswith(EVENTS):
        return Compared(None, reason)
    try:
        _check(after)
    except CannotCompare as error:
        return Compared(False, str(error))
    if before.digest == after.digest:
        return Compared(True)
    return Compared(False, f"the answers are {LONGER}, and not the same byte for byte")


def value(reply: Reply) -> Any:
    """What a scorer compares: as for a suite's item, and the vectors of /v1/embeddings.

    Of a stream of text it is the whole text, of any other stream the list of what came. Raises
    `CannotCompare`.
    """
    _check(reply)
    if not reply.whole:
        raise TooLong(f"the answer is {LONGER}")
    asked = _asked(reply)
    try:
        if reply.content_type.startswith(GRPC):
            found = grpc_answers.outputs(bytes(reply.body))
            return next(iter(found.values())) if len(found) == 1 else found
        if reply.content_type.startswith(EVENTS):
            return _streamed(asked, events(reply.body.decode()))
        answer = json.loads(reply.body)
        if asked is None:
            return [row["embedding"] for row in answer["data"]]
        return comparable(asked, answer)
    except (CannotAnswer, ValueError, KeyError, IndexError, TypeError, RecursionError) as error:
        raise CannotCompare(f"the answer cannot be read: {error}") from error


def _check(reply: Reply) -> None:
    """Raises `CannotCompare` for what is no question to the model, or was not answered well."""
    path = _path(reply)
    is_known = _asked(reply) or path.endswith((EMBEDDINGS, grpc_answers.PATH))
    if reply.method != "POST" or not is_known:
        raise CannotCompare("it is no question to the model")
    if not 200 <= reply.status < 300:
        raise CannotCompare(f"it was answered with {reply.status or 'nothing'}")
    if not reply.ended:
        raise CannotCompare("the answer broke off")
    if reply.content_type.startswith(GRPC) and reply.grpc_status != GRPC_OK:
        raise CannotCompare(f"it was answered with gRPC's status {reply.grpc_status or 'missing'}")


def _path(reply: Reply) -> str:
    return reply.path.partition("?")[0]


def _asked(reply: Reply) -> Asked | None:
    return next((one for end, one in PATHS.items() if _path(reply).endswith(end)), None)


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
