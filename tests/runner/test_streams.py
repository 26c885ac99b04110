"""Answers in pieces, and many requests under way in one worker."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import httpx
import pytest

from tests.runner.conftest import Start
from tests.runner.replicas import Replica
from tests.waiting import until

COUNTS = """
import time, asyncio, os

class Model:
    left = 0

    async def stream(self, n: int):
        try:
            for number in range(n):
                await asyncio.sleep(0)
                yield {"number": number}
        finally:
            Model.left += 1

    def predict(self, question: str):
        return getattr(self, question)
"""
EVENTS = {"accept": "text/event-stream"}


def events(replica: Replica, value: Any) -> Iterator[tuple[str, Any]]:
    """The (name, data) of each server-sent event, as it comes."""
    with replica.client.stream("POST", "/predict", json={"input": value}, headers=EVENTS) as answer:
        assert answer.status_code == 200, answer.read()
        assert answer.headers["content-type"] == "text/event-stream"
        name = "message"
        for line in answer.iter_lines():
            if line.startswith("event: "):
                name = line.removeprefix("event: ")
            elif line.startswith("data: "):
                yield name, json.loads(line.removeprefix("data: "))


def test_a_model_with_stream_answers_with_events_when_asked(serve: Start) -> None:
    replica = serve(COUNTS)
    assert list(events(replica, 3)) == [
        *(("message", {"number": number}) for number in range(3)),
        ("end", {}),
    ]
    assert list(events(replica, 0)) == [("end", {})]
    assert replica.ask("left") == 2


def test_a_model_with_nothing_but_stream_answers_so_to_everybody(serve: Start) -> None:
    replica = serve("class Model:\n    def stream(self, text):\n        yield from text\n")
    answer = replica.post({"input": "ab"})
    assert answer.text == 'data: "a"\n\ndata: "b"\n\nevent: end\ndata: {}\n\n'
    assert replica.post({"inputs": ["ab"]}).status_code == 422


def test_the_input_of_a_stream_is_checked(serve: Start) -> None:
    replica = serve(COUNTS)
    answer = replica.post({"input": "three"}, accept="text/event-stream")
    assert answer.status_code == 422
    assert answer.json()["detail"] == "$.input: expected int, got str"


def test_pieces_come_when_they_are_made(serve: Start) -> None:
    replica = serve(
        """
        import os, time
        class Model:
            def stream(self, _):
                yield "first"
                while not os.path.exists("go"):
                    time.sleep(0.01)
                yield "second"
        """
    )
    stream = events(replica, None)
    assert next(stream) == ("message", "first")
    (replica.folder / "code" / "go").touch()
    assert next(stream) == ("message", "second")


def test_a_model_that_fails_in_the_middle_says_so(serve: Start) -> None:
    replica = serve(
        """
        class Model:
            def stream(self, when):
                for number in range(3):
                    if number == when:
                        raise ValueError("enough")
                    yield number
        """
    )
    first, failed = events(replica, 1)
    assert first == ("message", 0)
    assert failed[0] == "error"
    assert failed[1]["detail"] == "ValueError: enough"
    assert replica.post({"input": 0}).status_code == 500


def test_a_reader_that_leaves_ends_the_stream(serve: Start) -> None:
    replica = serve(COUNTS)
    stream = events(replica, 10**9)
    assert next(stream)[0] == "message"
    stream.close()  # type: ignore[attr-defined]
    until(lambda: replica.ask("left") == 1, "the generator was closed")


def test_a_slow_reader_slows_the_model_instead_of_filling_memory(serve: Start) -> None:
    replica = serve(
        """
        class Model:
            made = 0
            async def stream(self, n):
                for number in range(n):
                    Model.made += 1
                    yield "x" * 10000
            async def predict(self, _):
                return Model.made
        """
    )
    stream = events(replica, 5000)
    next(stream)
    seen = replica.ask(None)
    # What is made once nothing is read any more ends far below what was asked for.
    until(lambda: (before := replica.ask(None)) == replica.ask(None) and before >= seen, "no more")
    assert replica.ask(None) < 2000
    assert sum(1 for name, _ in stream if name == "message") == 4999


def test_async_requests_are_under_way_at_once_and_answered_when_done(serve: Start) -> None:
    replica = serve(
        """
        import asyncio
        class Model:
            met = 0
            gate = None
            async def predict(self, number):
                if self.gate is None:
                    self.gate = asyncio.Event()
                self.met += 1
                if self.met == 50:
                    self.gate.set()
                await self.gate.wait()
                return number
        """
    )
    answers = replica.ask_all(range(50))
    assert [answer.json()["output"] for answer in answers] == list(range(50))


def test_a_model_says_how_many_it_takes_at_once(serve: Start) -> None:
    replica = serve(
        """
        import asyncio
        class Model:
            concurrency = 4
            now = most = 0
            async def predict(self, _):
                self.now += 1
                self.most = max(self.most, self.now)
                await asyncio.sleep(0.01)
                self.now -= 1
                return self.most
        """
    )
    assert max(answer.json()["output"] for answer in replica.ask_all(range(30))) == 4


def test_an_async_request_that_takes_too_long_is_cancelled_alone(serve: Start) -> None:
    replica = serve(
        """
        import asyncio, os
        class Model:
            cancelled = 0
            async def predict(self, seconds):
                try:
                    await asyncio.sleep(seconds)
                except asyncio.CancelledError:
                    self.cancelled += 1
                    raise
                return [os.getpid(), self.cancelled]
        """,
        timeout=0.5,
    )
    worker = replica.worker()
    answers = replica.ask_all([60, 0.1, 0.2, 0.3])
    assert [answer.status_code for answer in answers] == [504, 200, 200, 200]
    until(lambda: replica.ask(0) == [worker, 1], "cancelled in the same worker")


def test_an_event_loop_that_is_blocked_costs_its_worker_and_one_request(serve: Start) -> None:
    replica = serve(
        """
        import time
        class Model:
            async def predict(self, seconds):
                time.sleep(seconds)
                return seconds
        """,
        timeout=0.5,
    )
    worker = replica.worker()
    with ThreadPoolExecutor() as threads:
        hangs = threads.submit(replica.post, {"input": 60})
        until(lambda: in_flight(replica) == 1, "it is under way")
        others = [threads.submit(replica.post, {"input": 0}) for _ in range(5)]
        assert hangs.result().status_code == 504
        assert {other.result().status_code for other in others} <= {200, 504}
    until(lambda: replica.ask(0) == 0, "answers again")
    assert replica.worker() != worker


def test_a_concurrent_worker_that_dies_is_blamed_on_the_request_that_did_it(serve: Start) -> None:
    replica = serve(
        """
        import asyncio, os
        class Model:
            async def predict(self, what):
                await asyncio.sleep(0.05)
                if what == "die":
                    os._exit(3)
                return what
        """
    )
    values = [*range(10), "die", *range(10, 20)]
    answers = replica.ask_all(values)
    died = answers.pop(10)
    assert died.status_code == 500
    assert "exited with code 3" in died.json()["detail"]
    assert [answer.json().get("output") for answer in answers] == list(range(20))


def test_a_gpu_that_concurrent_requests_share_is_lost_by_the_one_that_did_it(serve: Start) -> None:
    replica = serve(
        """
        import asyncio
        class Model:
            lost = False
            async def predict(self, value):
                if value == "assert":
                    await asyncio.sleep(0.05)
                    self.lost = True
                for _ in range(20):
                    await asyncio.sleep(0.01)
                    if self.lost and value != "assert":
                        raise RuntimeError("CUDA error: device-side assert triggered")
                if self.lost:
                    raise RuntimeError("CUDA error: device-side assert triggered")
                return value
        """
    )
    answers = replica.ask_all([0, 1, "assert", 3, 4])
    assert [answer.status_code for answer in answers] == [200, 200, 500, 200, 200]
    assert answers[2].json()["detail"].startswith("the GPU failed: ")


def test_a_stream_whose_worker_dies_ends_with_an_error(serve: Start) -> None:
    replica = serve(COUNTS)
    worker = replica.worker()
    stream = events(replica, 10**9)
    assert next(stream)[0] == "message"
    os.kill(worker, signal.SIGKILL)
    last = None
    for last in stream:  # noqa: B007
        pass
    assert last is not None
    assert last[0] == "error"
    assert "killed by SIGKILL" in last[1]["detail"]


def test_a_stream_may_last_longer_than_the_timeout_but_not_be_silent_for_so_long(
    serve: Start,
) -> None:
    replica = serve(
        """
        import asyncio
        class Model:
            async def stream(self, pauses):
                for pause in pauses:
                    await asyncio.sleep(pause)
                    yield pause
        """,
        timeout=0.5,
    )
    began = time.monotonic()
    assert [name for name, _ in events(replica, [0.1] * 10)] == ["message"] * 10 + ["end"]
    assert time.monotonic() - began > 0.5
    names = [name for name, _ in events(replica, [0.1, 60])]
    assert names == ["message", "error"]
    assert replica.post({"input": [60]}).status_code == 504


def test_a_queue_that_is_full_refuses_at_once(serve: Start) -> None:
    replica = serve(
        """
        import os, time
        class Model:
            def predict(self, value):
                while not os.path.exists("go"):
                    time.sleep(0.01)
                return value
        """,
        queue=3,
    )
    with ThreadPoolExecutor() as threads:
        first = threads.submit(replica.post, {"input": 0})
        until(lambda: in_flight(replica) == 1, "it is computed")
        waiting = [threads.submit(replica.post, {"input": n}) for n in range(4)]
        until(lambda: in_flight(replica) == 5, "they wait")
        refused = replica.post({"input": 9})
        assert refused.status_code == 429
        assert int(refused.headers["retry-after"]) >= 1
        (replica.folder / "code" / "go").touch()
        assert [each.result().status_code for each in (first, *waiting)] == [200] * 5


@pytest.mark.parametrize("method", ["def", "async def"])
def test_a_batch_that_answers_differently_is_not_used(serve: Start, method: str) -> None:
    replica = serve(
        f"""
        class Model:
            max_batch = 8
            examples = [1.0, 2.0, 3.0]
            {method} predict(self, inputs):
                return [one / len(inputs) for one in inputs]
        """
    )
    warning = replica.state()["warning"]
    assert warning.startswith("served unbatched: example ")
    assert warning in replica.log
    assert replica.post({"inputs": [1.0, 2.0]}).json() == {"outputs": [1.0, 2.0]}


def in_flight(replica: Replica) -> float:
    with httpx.Client(transport=httpx.HTTPTransport(uds=str(replica.socket))) as client:
        lines = client.get("http://replica/metrics").text.splitlines()
    return float(next(one for one in lines if one.startswith("argosy_in_flight{")).split()[-1])
