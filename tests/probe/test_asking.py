"""Asking a real replica, and servers that misbehave."""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections.abc import AsyncIterator, Iterator
from contextlib import aclosing, asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from argosy.probe.asking import Answer, Asker, CannotAnswer, comparable, in_order, request
from argosy.probe.item import Item
from tests.runner.replicas import Replica, serving

MODEL = """
import asyncio, json

class Model:
    async def predict(self, value):
        if value == "hang":
            await asyncio.sleep(60)
        if value == "fail":
            raise ValueError("no such thing")
        return value

    async def chat(self, messages, **options):
        yield json.dumps([messages[-1]["content"], options.get("temperature"), options.get("seed")])

    async def complete(self, prompt, **options):
        yield prompt[::-1]
        yield str(options.get("seed"))

    def embed(self, texts):
        return [[float(len(text)), 1.0] for text in texts]
"""


@pytest.fixture(scope="module")
def replica(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Replica]:
    with serving(tmp_path_factory.mktemp("asked"), MODEL) as replica:
        yield replica


def asker(replica: Replica, **settings: Any) -> Asker:
    return Asker(f"unix:{replica.socket}", "m", **{"timeout": 20.0, **settings})


def item(value: object, item_id: str = "1") -> Item:
    return Item(item_id, "predict", {"input": value})


async def test_the_output_of_predict_is_compared(replica: Replica) -> None:
    async with asker(replica) as asking:
        answer = await asking.ask(item({"a": [1, None]}))
    assert answer.value == {"a": [1, None]}
    assert 0 < answer.seconds < 20
    assert not answer.reason


async def test_chat_is_asked_at_temperature_0_with_a_seed_for_each_repeat(replica: Replica) -> None:
    asked = Item("1", "chat", {"messages": [{"role": "user", "content": "hi"}]})
    warm = Item("2", "chat", {**asked.fields, "temperature": 0.7, "seed": 9, "top_k": 3})
    async with asker(replica, seed=5) as asking:
        assert json.loads((await asking.ask(asked)).value) == ["hi", 0, 5]
        assert json.loads((await asking.ask(asked, 2)).value) == ["hi", 0, 7]
        assert json.loads((await asking.ask(warm)).value) == ["hi", 0.7, 9]


async def test_the_text_of_a_completion_is_compared(replica: Replica) -> None:
    async with asker(replica) as asking:
        answer = await asking.ask(Item("1", "completions", {"prompt": "abc", "max_tokens": 1}))
    assert answer.value == "cba"


async def test_the_data_of_tensors_is_compared(replica: Replica) -> None:
    tensor = {"name": "input", "shape": [2], "datatype": "FP64", "data": [1.0, 2.5]}
    async with asker(replica) as asking:
        answer = await asking.ask(Item("1", "infer", {"inputs": [tensor]}))
    assert answer.value == [1.0, 2.5]


async def test_a_file_is_sent_as_it_is(tmp_path: Path) -> None:
    code = "class Model:\n    def predict(self, photo: bytes) -> int:\n        return len(photo)\n"
    (tmp_path / "photo.jpg").write_bytes(b"\xff\xd8" * 50)
    (tmp_path / "replica").mkdir()
    with serving(tmp_path / "replica", code) as replica:
        async with asker(replica) as asking:
            photo = Item("1", "predict", file=tmp_path / "photo.jpg")
            assert (await asking.ask(photo)).value == 100
            gone = Item("1", "predict", file=tmp_path / "gone.jpg")
            assert "cannot be read: No such file" in (await asking.ask(gone)).reason


async def test_texts_are_embedded(replica: Replica) -> None:
    async with asker(replica) as asking:
        assert await asking.embed(["a", "abc"]) == [[1.0, 1.0], [3.0, 1.0]]


async def test_what_takes_too_long_is_an_answer_with_a_reason(replica: Replica) -> None:
    async with asker(replica, timeout=0.3) as asking:
        answer = await asking.ask(item("hang", "7"))
    assert answer == Answer("7", reason="no answer within 0.3 s", late=True)


async def test_what_fails_is_an_answer_with_a_reason(replica: Replica, tmp_path: Path) -> None:
    async with asker(replica) as asking:
        assert "no such thing" in (await asking.ask(item("fail"))).reason
        wrong = await asking.ask(Item("1", "chat", {"messages": [{"role": 4}], "top_p": "x"}))
        assert wrong.reason.startswith("400 top_p: ")
    async with Asker(f"unix:{tmp_path / 'nobody'}", "m", timeout=5) as asking:
        assert (await asking.ask(item(1))).reason.startswith("the replica does not answer: Connect")


async def test_answers_come_in_order_while_several_are_under_way(replica: Replica) -> None:
    async with asker(replica, timeout=1.0, concurrency=4) as asking:
        items = [item("hang" if number == 0 else number, str(number)) for number in range(12)]
        answers = [answer async for answer in in_order(items, asking.ask, 4)]
    assert [answer.item_id for answer in answers] == [str(number) for number in range(12)]
    assert [answer.value for answer in answers[1:]] == list(range(1, 12))
    assert answers[0].reason


async def test_no_more_are_under_way_than_allowed_and_none_after_the_end() -> None:
    under_way, most, begun = 0, 0, 0
    turn = asyncio.Event()

    async def ask(number: int) -> int:
        nonlocal under_way, most, begun
        begun += 1
        under_way += 1
        most = max(most, under_way)
        try:
            if number == 6:
                await turn.wait()
            await asyncio.sleep(0)
        finally:
            under_way -= 1
        return number

    async with aclosing(in_order(range(100), ask, 3)) as answers:
        seen = []
        async for number in answers:
            seen.append(number)
            if number == 5:
                break
    assert seen == [0, 1, 2, 3, 4, 5]
    assert most == 3
    assert begun <= 9
    assert under_way == 0


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        ("200 OK", "no json", "what came is no JSON"),
        ("200 OK", "[]", "what came is no answer of predict"),
        ("200 OK", '{"outputs": []}', "what came is no answer of predict"),
        ("500 Oh", '{"error": "bad"}', "500 bad"),
        ("500 Oh", '{"error": {"message": "bad"}}', "500 bad"),
        ("500 Oh", '{"title": "T", "detail": "bad"}', "500 bad"),
        ("502 Oh", "<html>", "502 <html>"),
        ("504 Oh", "", "no answer within 5 s"),
    ],
)
async def test_a_strange_answer_is_one_with_a_reason(status: str, body: str, reason: str) -> None:
    async with answering([(status, "", body)]) as address, Asker(address, "m", timeout=5) as asking:
        assert (await asking.ask(item(1))).reason.startswith(reason)


async def test_a_busy_replica_is_asked_again_while_time_lasts() -> None:
    busy = ("429 Busy", "retry-after: 0\r\n", '{"detail": "full"}')
    right = ("200 OK", "", '{"output": 4}')
    async with answering([busy, busy, right]) as address, Asker(address, "m", timeout=9) as asking:
        assert (await asking.ask(item(1))).value == 4
    long = ("503 Away", "retry-after: 60\r\n", '{"detail": "not ready"}')
    async with answering([long]) as address, Asker(address, "m", timeout=5) as asking:
        assert (await asking.ask(item(1))).reason == "503 not ready"


async def test_it_yields_to_traffic() -> None:
    asked: list[str] = []
    right = ("200 OK", "", '{"output": 4}')
    async with answering([right], asked) as address, Asker(address, "m", timeout=5) as asking:
        await asking.ask(item(1))
    assert "priority: u=7" in asked[0]
    assert "x-argosy-caller: argosy-probe" in asked[0]
    assert "x-request-timeout: 5000ms" in asked[0]


async def test_no_embeddings_are_said() -> None:
    async with answering([("404 No", "", '{"error": {"message": "no embed"}}')]) as address:
        async with Asker(address, "m", timeout=5) as asking:
            with pytest.raises(CannotAnswer, match="404 no embed"):
                await asking.embed(["a"])


def test_a_request_holds_what_the_item_says() -> None:
    assert request(item(1), "m", 0) == ("/predict", b'{"input": 1}', "application/json")
    path, body, _ = request(Item("1", "completions", {"prompt": "a", "seed": 3}), "m", 0)
    assert path == "/v1/completions"
    assert json.loads(body) == {"model": "m", "temperature": 0, "seed": 3, "prompt": "a"}
    assert request(Item("1", "infer", {"inputs": []}), "m", 0)[0] == "/v2/models/m/infer"


def test_calls_of_tools_are_compared_where_nothing_is_said() -> None:
    call = {"type": "function", "function": {"name": "f", "arguments": "{}"}}
    message = {"content": None, "tool_calls": [call]}
    assert comparable("chat", {"choices": [{"message": message}]}) == [call["function"]]
    assert comparable("chat", {"choices": [{"message": {"content": None}}]}) == ""


def test_several_tensors_are_compared_by_name() -> None:
    outputs = [{"name": "a", "data": [1]}, {"name": "b", "data": [2]}]
    assert comparable("infer", {"outputs": outputs}) == {"a": [1], "b": [2]}


@asynccontextmanager
async def answering(
    answers: list[tuple[str, str, str]], asked: list[str] | None = None
) -> AsyncIterator[str]:
    """A server that gives one answer after the other, on a socket of its own."""
    left = iter(answers)

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        length = next(line for line in head.splitlines() if line.startswith("content-length"))
        await reader.readexactly(int(length.partition(":")[2]))
        if asked is not None:
            asked.append(head)
        status, headers, body = next(left)
        writer.write(
            f"HTTP/1.1 {status}\r\ncontent-length: {len(body)}\r\nconnection: close\r\n"
            f"{headers}\r\n{body}".encode()
        )
        await writer.drain()
        writer.close()

    with tempfile.TemporaryDirectory(prefix="argosy-") as folder:
        async with await asyncio.start_unix_server(answer, f"{folder}/s"):
            yield f"unix:{folder}/s"
