"""Two answers as values, and whether they are alike."""

from __future__ import annotations

import hashlib
import json
import struct
from typing import Any

import pytest

from argosy import scorers
from argosy.gateway.recordings import LONGEST_BODY, Recorded
from argosy.rollout.copies import CannotCompare, compare, value
from argosy.rollout.grpc_answers import PATH
from argosy_runner.protocols.open_inference.messages import CLASSES

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
        ({"ended": False}, "broke off"),
        ({"content_type": "application/grpc", "grpc_status": "13"}, "gRPC's status 13"),
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


LONG = "x" * (LONGEST_BODY - 20)


def long(end: str, path: str = "/predict", **more: Any) -> Recorded:
    """An answer of which the beginning is kept, and the digest of all."""
    content = json.dumps({"output": LONG + 40 * end}).encode()
    told: dict[str, Any] = {"method": "POST", "status": 200, "ended": True, **more}
    body, digest = bytearray(content[:LONGEST_BODY]), hashlib.blake2b(content)
    return Recorded(path=path, body=body, length=len(content), _digest=digest, **told)


async def test_long_answers_of_a_model_are_alike_where_no_byte_differs() -> None:
    assert (await compare(long("a"), long("a"), EXACT)).alike is True
    found = await compare(long("a"), long("b"), EXACT)
    assert found.alike is False
    assert found.reason == "the answers are longer than 64 KiB, and not the same byte for byte"
    for bad in (long("a", status=500), long("a", ended=False), reply({"output": "a"})):
        assert (await compare(long("a"), bad, EXACT)).alike is False
    assert (await compare(reply({"output": "a"}), long("a"), EXACT)).alike is False


@pytest.mark.parametrize(
    ("path", "kind"),
    [
        ("/v1/chat/completions", "application/json"),
        ("/v2/models/m/infer", "application/json"),
        ("/predict", "text/event-stream"),
    ],
)
async def test_long_answers_with_more_than_the_models_own_or_in_pieces_are_left_out(
    path: str, kind: str
) -> None:
    one = long("a", path, content_type=kind)
    found = await compare(one, long("b", path, content_type=kind), EXACT)
    assert (found.alike, found.reason) == (None, "the answer is longer than 64 KiB")


def tensors(*numbers: float) -> Recorded:
    """An answer of ModelInfer with one output."""
    raw = struct.pack(f"<{len(numbers)}f", *numbers)
    output = CLASSES["ModelInferResponse.InferOutputTensor"](
        name="y", datatype="FP32", shape=[len(numbers)]
    )
    answer = CLASSES["ModelInferResponse"](outputs=[output], raw_output_contents=[raw])
    data = answer.SerializeToString()
    body = bytearray(struct.pack(">BI", 0, len(data)) + data)
    return Recorded(
        method="POST",
        path=PATH,
        status=200,
        grpc_status="0",
        content_type="application/grpc",
        body=body,
        length=len(body),
        ended=True,
    )


async def test_tensors_over_grpc_are_compared_as_numbers() -> None:
    assert value(tensors(0.5, 2)) == [0.5, 2]
    assert (await compare(tensors(0.5, 2), tensors(0.5, 2), EXACT)).alike is True
    assert (await compare(tensors(0.5, 2), tensors(0.5, 3), EXACT)).alike is False
    close = scorers.named("numeric", {"tolerance": 0.01})
    assert (await compare(tensors(0.5), tensors(0.501), close)).alike is True
