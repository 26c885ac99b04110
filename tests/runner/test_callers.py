"""Callers take turns, and the urgent go first among their own, whichever way they ask."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import httpx
import numpy as np
import pytest
import tritonclient.grpc
from tritonclient.grpc import InferInput

from tests.ports import free_port
from tests.runner.conftest import Start
from tests.runner.replicas import Replica
from tests.waiting import until

COUNTING = """
import os, time
class Model:
    asked = 0
    def predict(self, value: float):
        while not os.path.exists("go"):
            time.sleep(0.01)
        self.asked += 1
        return float(self.asked)
"""
UNDER_WAY = 2  # frames that the worker has: one computes, one is next


class Queue:
    """A replica whose model answers its how-manieth request this is, once it may."""

    def __init__(self, replica: Replica) -> None:
        self.replica = replica
        self._threads = ThreadPoolExecutor(64)
        self._asked = 0

    def ask(self, times: int = 1, **headers: str) -> list[Future[httpx.Response]]:
        """So many requests, all waiting before this returns."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}

        def one() -> httpx.Response:
            return self.replica.client.post("/predict", json={"input": 0}, headers=named)

        found = [self._threads.submit(one) for _ in range(times)]
        self.waits_for(times)
        return found

    def infer(self, priority: int) -> Future[httpx.Response]:
        """The same over the Open Inference Protocol."""
        tensor = {"name": "input", "datatype": "FP64", "shape": [1], "data": [0.0]}
        body = {"inputs": [tensor], "parameters": {"priority": priority}}
        url = "/v2/models/m/infer"
        found = self._threads.submit(lambda: self.replica.client.post(url, json=body))
        self.waits_for(1)
        return found

    def waits_for(self, more: int) -> None:
        self._asked += more
        expected = max(0, self._asked - UNDER_WAY)
        until(lambda: depth(self.replica) == expected, f"{expected} rows waiting")

    def go(self) -> None:
        (self.replica.folder / "code" / "go").touch()

    def close(self) -> None:
        self.go()
        self._threads.shutdown()


@pytest.fixture
def queue(serve: Start) -> Iterator[Queue]:
    found = Queue(serve(COUNTING, queue=12, grpc_listen=f"127.0.0.1:{free_port()}"))
    yield found
    found.close()


def depth(replica: Replica) -> int:
    lines = replica.client.get("/metrics").text.splitlines()
    line = next(line for line in lines if line.startswith("argosy_queue_depth{"))
    return int(float(line.rpartition(" ")[2]))


def turn(answer: Future[httpx.Response]) -> float:
    """How many requests were answered by then."""
    body = answer.result().json()
    found: float = body["output"] if "output" in body else body["outputs"][0]["data"][0]
    return found


def test_one_request_does_not_wait_for_all_of_another_callers(queue: Queue) -> None:
    flood = queue.ask(10, x_argosy_caller="flood")
    (quiet,) = queue.ask(x_argosy_caller="quiet")
    queue.go()
    assert turn(quiet) <= UNDER_WAY + 2
    assert sorted([turn(quiet), *map(turn, flood)]) == [float(each) for each in range(1, 12)]


def test_an_urgent_request_goes_before_the_same_callers_others(queue: Queue) -> None:
    usual = queue.ask(6)
    (later,) = queue.ask(priority="u=7")
    (urgent,) = queue.ask(priority="u=0, i")
    queue.go()
    assert turn(urgent) == UNDER_WAY + 1
    assert turn(later) == len(usual) + 2


def test_a_priority_that_cannot_be_read_counts_as_none(queue: Queue) -> None:
    queue.ask(4)
    (wrong,) = queue.ask(priority="u=9")
    (last,) = queue.ask()
    queue.go()
    assert (turn(wrong), turn(last)) == (5, 6)


def test_tritons_priority_is_understood(queue: Queue) -> None:
    usual = queue.ask(5)
    urgent = queue.infer(priority=1)
    later = queue.infer(priority=100)
    queue.go()
    assert turn(urgent) == UNDER_WAY + 1
    assert turn(later) == len(usual) + 2


def test_a_priority_of_the_wrong_kind_is_refused(queue: Queue) -> None:
    tensor = {"name": "input", "datatype": "FP64", "shape": [1], "data": [0.0]}
    body = {"inputs": [tensor], "parameters": {"priority": "high"}}
    answer = queue.replica.client.post("/v2/models/m/infer", json=body)
    assert answer.status_code == 400
    assert "priority is 1 for the most urgent" in answer.json()["error"]


def test_grpc_callers_are_told_apart_by_metadata(queue: Queue) -> None:
    queue.ask(8, x_argosy_caller="flood")
    tensor = InferInput("input", [1], "FP64")
    tensor.set_data_from_numpy(np.array([0.0]))
    found: list[float] = []

    def infer() -> None:
        with tritonclient.grpc.InferenceServerClient(queue.replica.grpc) as client:
            headers = {"x-argosy-caller": "quiet"}
            answer = client.infer("m", [tensor], headers=headers)
            found.append(answer.as_numpy("output").item())

    asking = threading.Thread(target=infer)
    asking.start()
    queue.waits_for(1)
    queue.go()
    asking.join()
    assert found[0] <= UNDER_WAY + 2


def test_a_full_queue_has_room_for_who_did_not_fill_it(queue: Queue) -> None:
    flood = queue.ask(14, x_argosy_caller="flood")
    more = queue.replica.post({"input": 0}, x_argosy_caller="flood")
    assert more.status_code == 429
    quiet = queue._threads.submit(queue.replica.post, {"input": 0}, x_argosy_caller="quiet")
    until(lambda: any(each.done() for each in flood), "one of the flood is refused")
    refused = next(each for each in flood if each.done())
    queue.go()
    assert refused.result().status_code == 429
    assert refused.result().headers["retry-after"] == "1"
    assert turn(quiet) <= UNDER_WAY + 2
    assert json.loads(more.content)["status"] == 429


def test_a_slow_worker_holds_one_frame_so_that_the_next_turn_is_still_open(serve: Start) -> None:
    replica = serve(
        """
        import os, time
        class Model:
            def predict(self, seconds: float):
                time.sleep(seconds)
                while seconds == 0 and not os.path.exists("go"):
                    time.sleep(0.01)
        """
    )
    for _ in range(8):
        replica.ask(0.1)
    with ThreadPoolExecutor(3) as threads:
        answers = [threads.submit(replica.ask, 0) for _ in range(3)]
        until(lambda: depth(replica) == 2, "two of three wait for their turn")
        (replica.folder / "code" / "go").touch()
        assert [answer.result() for answer in answers] == [None] * 3
