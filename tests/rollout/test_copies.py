from __future__ import annotations

import json
from typing import Any

import pytest

from argosy import scorers
from argosy.gateway.recordings import Recorded
from argosy.rollout.copies import CannotCompare, compare, value

EXACT = scorers.named("exact")


def reply(body: Any, path: str = "/predict", **more: Any) -> Recorded:
    content = body.encode() if isinstance(body, str) else json.dumps(body).encode()
    told = {"method": "POST", "status": 200, "content_type": "application/json", **more}
    return Recorded(
        path=path, body=bytearray(content), length=len(content), **{"ended": True, **told}
    )


def chat(text: str) -> dict[str, Any]:
    return {"choices": [{"index": 0, "message": {"content": text}}]}


@pytest.mark.parametrize(
    ("path", "body", "found"),
    [
        ("/predict", {"output": 4, "time": 1}, 4),
        ("/v1/chat/completions?x=1", chat("4"), "4"),
        ("/v1/completions", {"choices": [{"text": "4"}]}, "4"),
        ("/v2/models/m/infer", {"outputs": [{"name": "y", "data": [4]}]}, [4]),
        ("/v1/embeddings", {"data": [{"embedding": [1, 2]}], "usage": {}}, [[1, 2]]),
    ],
)
def test_answers_of_every_protocol_are_read(path: str, body: Any, found: Any) -> None:
    assert value(reply(body, path)) == found


def test_of_streams_the_text_is_read_or_all_that_came() -> None:
    parts = [{"choices": [{"index": 0, "delta": {"content": text}}], "id": text} for text in "Hi!"]
    stream = "".join(f"data: {json.dumps(part)}\n\n" for part in parts) + "data: [DONE]\n\n"
    events = {"content_type": "text/event-stream; charset=utf-8"}
    assert value(reply(stream, "/v1/chat/completions", **events)) == "Hi!"
    assert value(reply("data: 1\n\ndata: 2\n\n", **events)) == [1, 2]


@pytest.mark.parametrize(
    ("told", "why"),
    [
        ({"method": "GET"}, "no question"),
        ({"path": "/metrics"}, "no question"),
        ({"status": 422}, "answered with 422"),
        ({"status": 0}, "answered with nothing"),
        ({"ended": False}, "too long, or broke off"),
        ({"body": "{"}, "cannot be read"),
        ({"body": {"other": 1}}, "cannot be read"),
    ],
)
async def test_what_the_old_one_has_not_answered_says_nothing_and_the_new_one_must_answer(
    told: dict[str, Any], why: str
) -> None:
    good, bad = reply({"output": 1}), reply(told.pop("body", {"output": 1}), **told)
    with pytest.raises(CannotCompare, match=why):
        value(bad)
    assert (await compare(bad, good, EXACT)).alike is None
    assert (await compare(good, bad, EXACT)).alike is False
    assert (await compare(good, good, EXACT)).alike is True


async def test_the_scorer_says_what_is_alike() -> None:
    one, other = reply({"output": "It is 4."}), reply({"output": "4"})
    assert (await compare(one, other, EXACT)).alike is False
    assert (await compare(one, other, scorers.named("numeric"))).alike is True
