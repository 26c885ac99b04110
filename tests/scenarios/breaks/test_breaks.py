"""What callers see, protocol by protocol, when what computes their answer dies in the middle."""

from __future__ import annotations

import asyncio
import gzip
import json
import queue
from typing import Any

import httpx
import numpy as np
import openai
import pytest
import tritonclient.grpc

from tests.scenarios.stack import StackUnderTest, kill

ENDLESS = """
import asyncio

class Model:
    async def stream(self, input: str):
        yield input
        await asyncio.Event().wait()

    async def chat(self, messages):
        yield "once"
        await asyncio.Event().wait()
"""
SUMS = """
class Model:
    max_batch = 4

    def predict(self, rows: list[float]):
        return rows
"""
MODELS = """
talks:
  code: ./talks
  max_body: 1MiB
sums:
  code: ./sums
  max_body: 1MiB
"""
EVENTS = {"accept": "text/event-stream"}


@pytest.fixture(scope="module")
def endless(module_stack: StackUnderTest) -> StackUnderTest:
    """A model that says something, and then nothing more for ever."""
    module_stack.write(MODELS, talks__model=ENDLESS, sums__model=SUMS)
    module_stack.up()
    return module_stack


def kill_worker(stack: StackUnderTest) -> None:
    stack.wait_ready()
    (pid,) = stack.worker_pids("talks")
    kill(pid)


def test_events_end_with_an_error_event_when_the_worker_is_killed(endless: StackUnderTest) -> None:
    url = f"{endless.url}/api/talks"
    endless.wait_ready()
    with httpx.stream("POST", url, json={"input": "a"}, headers=EVENTS, timeout=60) as answer:
        lines = answer.iter_lines()
        first = next(lines)
        kill_worker(endless)
        rest = [line for line in lines if line]

    assert first == 'data: "a"'
    assert rest[0] == "event: error"
    problem = json.loads(rest[1].removeprefix("data: "))
    assert problem["status"] == 500
    assert "the worker died" in problem["detail"]


def test_a_chat_ends_with_openais_error_when_the_worker_is_killed(endless: StackUnderTest) -> None:
    endless.wait_ready()
    with openai.OpenAI(api_key="none", base_url=f"{endless.url}/v1", max_retries=0) as client:
        pieces = client.chat.completions.create(
            model="talks", messages=[{"role": "user", "content": "a"}], stream=True
        )
        while next(pieces).choices[0].delta.content != "once":
            pass
        kill_worker(endless)
        with pytest.raises(openai.APIError, match="the worker died"):
            list(pieces)


def test_a_grpc_stream_tells_of_a_killed_worker_and_goes_on(endless: StackUnderTest) -> None:
    endless.wait_ready()
    found: queue.Queue[tuple[Any, Any]] = queue.Queue()
    text = tritonclient.grpc.InferInput("input", [1], "BYTES")
    text.set_data_from_numpy(np.array([b"a"], object))
    with tritonclient.grpc.InferenceServerClient(f"127.0.0.1:{endless.port}") as client:
        client.start_stream(
            lambda result, error: found.put((result, error)), headers={"model": "talks"}
        )
        client.async_stream_infer("talks", [text])
        assert found.get(timeout=60)[1] is None
        kill_worker(endless)
        assert "the worker died" in str(found.get(timeout=60)[1])
        endless.wait_ready()
        client.async_stream_infer("talks", [text])
        assert found.get(timeout=60)[1] is None
        client.stop_stream(cancel_requests=True)


async def test_a_stream_whose_runner_is_killed_breaks_off(endless: StackUnderTest) -> None:
    """Nobody is left who could say anything, and Envoy adds nothing to what has begun."""
    endless.wait_ready()
    async with httpx.AsyncClient(base_url=endless.url, timeout=60) as client:
        async with client.stream(
            "POST", "/api/talks", json={"input": "a"}, headers=EVENTS
        ) as answer:
            lines = answer.aiter_lines()
            assert await anext(lines) == 'data: "a"'
            status = await asyncio.to_thread(endless.model, "talks")
            kill(status["replicas"][0]["pid"])
            with pytest.raises(httpx.RemoteProtocolError):
                [line async for line in lines]


def test_a_body_beyond_max_body_is_413_at_the_gateway_and_at_the_replica(
    endless: StackUnderTest,
) -> None:
    endless.wait_ready()
    large = json.dumps({"input": "x" * (1 << 20), "model": "talks", "messages": []})
    gateway = httpx.post(f"{endless.url}/api/talks", content=large)
    replica = httpx.post(f"{endless.url}/v1/chat/completions", content=large)

    assert (gateway.status_code, replica.status_code) == (413, 413)
    assert gateway.headers["content-type"] == "application/problem+json"
    assert set(replica.json()["error"]) == {"message", "type", "param", "code"}


def test_a_body_that_grows_beyond_max_body_when_it_is_unpacked_is_413(
    endless: StackUnderTest,
) -> None:
    """The gateway unpacks nothing, and the replica no more than it may take."""
    endless.wait_ready()
    bomb = gzip.compress(bytes(512 << 20), 9)
    answer = httpx.post(
        f"{endless.url}/v2/models/sums/infer",
        content=bomb,
        headers={"content-encoding": "gzip"},
        timeout=60,
    )

    assert len(bomb) < 1 << 20
    assert answer.status_code == 413
    assert set(answer.json()) == {"error"}
