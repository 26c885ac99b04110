"""Whose request fails when something goes wrong, and whose does not."""

from __future__ import annotations

import os
import signal
import socket
import threading
import time
from functools import partial

import pytest

from tests.runner.conftest import Start
from tests.runner.replicas import Replica
from tests.waiting import until

ECHO = "class Model:\n    def predict(self, value):\n        return value\n"
POISON = """
import ctypes, os, sys, time

class Model:
    max_batch = 16
    lost = False
    def predict(self, inputs):
        time.sleep(0.01)
        if "exit" in inputs:
            os._exit(3)
        if "crash" in inputs:
            ctypes.string_at(0)
        if "hang" in inputs:
            time.sleep(1000)
        if "memory" in inputs:
            raise MemoryError
        if "assert" in inputs:
            self.lost = True
        if self.lost:
            raise RuntimeError("CUDA error: device-side assert triggered\\nSearch for it")
        return inputs
"""


@pytest.mark.parametrize("code", [ECHO, POISON])
def test_every_caller_gets_its_own_answer(serve: Start, code: str) -> None:
    replica = serve(code)
    answers = replica.ask_all(range(200))
    assert [answer.json() for answer in answers] == [{"output": value} for value in range(200)]


@pytest.mark.parametrize(
    ("poison", "status", "reason"),
    [
        ("exit", 500, "the worker died of this request: exited with code 3"),
        ("crash", 500, "the worker died of this request: killed by SIGSEGV"),
        ("hang", 504, "no answer within 1 s (timeout)"),
        ("memory", 500, "out of memory (limit 512 MiB)"),
        ("assert", 500, "the GPU failed: CUDA error: device-side assert triggered"),
    ],
)
def test_a_poisonous_request_fails_alone(
    serve: Start, poison: str, status: int, reason: str
) -> None:
    replica = serve(POISON, timeout=1.0, memory=512 * 2**20)
    values = [*range(20), poison, *range(20, 40)]
    answers = replica.ask_all(values)
    failed = answers.pop(20)
    assert (failed.status_code, failed.json()["detail"]) == (status, reason)
    assert [answer.status_code for answer in answers] == [200] * 40
    assert replica.ask("after") == "after"
    assert replica.state()["worker_restarts"] >= 1


def test_a_request_too_large_for_the_gpu_fails_alone_and_costs_no_worker(serve: Start) -> None:
    replica = serve(
        """
        import time
        class OutOfMemoryError(RuntimeError): "As torch's."
        class Model:
            max_batch = 16
            def predict(self, inputs):
                time.sleep(0.01)
                if sum(inputs) > 100:
                    raise OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")
                return inputs
        """
    )
    answers = replica.ask_all([60, 60, 60, 101, 60, 60])
    failed = answers.pop(3)
    assert failed.status_code == 500
    assert failed.json()["detail"] == (
        "out of GPU memory: CUDA out of memory. Tried to allocate 2.00 GiB."
    )
    assert [answer.json() for answer in answers] == [{"output": 60}] * 5
    assert replica.state()["worker_restarts"] == 0


def test_a_gpu_lost_while_answers_are_encoded_is_no_fault_of_the_other_rows(serve: Start) -> None:
    replica = serve(
        """
        import time
        class Lazy:
            def __init__(self, model, value):
                self.model, self.value = model, value
            def tolist(self):
                self.model.lost |= self.value == "assert"
                if self.model.lost:
                    raise RuntimeError("CUDA error: device-side assert triggered")
                return self.value
        class Model:
            max_batch = 16
            lost = False
            def predict(self, inputs):
                time.sleep(0.01)
                return [Lazy(self, value) for value in inputs]
        """
    )
    answers = replica.ask_all([0, 1, "assert", 3, 4, 5])
    assert [answer.status_code for answer in answers] == [200, 200, 500, 200, 200, 200]
    assert answers[2].json()["detail"].startswith("the GPU failed: ")
    assert replica.ask("after") == "after"
    metrics = replica.client.get("/metrics").text
    assert "argosy_worker_restarts_total{" in metrics
    assert 'reason="gpu"' in metrics


@pytest.mark.alone
def test_a_lone_request_past_its_deadline_is_not_tried_again(serve: Start) -> None:
    replica = serve(POISON, timeout=0.5)
    began = time.monotonic()
    assert replica.post({"inputs": ["hang", "a"]}).status_code == 504
    assert time.monotonic() - began < 2
    until(lambda: replica.state()["ready"], "ready again")
    assert replica.state()["worker_restarts"] == 1


def test_what_has_waited_too_long_is_dropped_before_it_is_computed(serve: Start) -> None:
    replica = serve(
        """
        import time
        class Model:
            computed = 0
            def predict(self, s):
                self.computed += 1
                time.sleep(s)
                return self.computed
        """,
        timeout=1.0,
    )
    answers = replica.ask_all([0.3] * 8)
    answered = [answer for answer in answers if answer.status_code == 200]
    late = [answer for answer in answers if answer.status_code == 504]
    assert len(answered) + len(late) == 8
    assert 3 <= len(answered) <= 5
    assert late[0].json()["detail"] == "no answer within 1 s (timeout)"
    assert replica.ask(0) == len(answered) + 1


def test_a_caller_may_wait_shorter_than_the_timeout(serve: Start) -> None:
    replica = serve("import time\nclass Model:\n    def predict(self, s):\n        time.sleep(s)\n")
    late = replica.post({"input": 0.5}, x_request_timeout="200ms")
    assert late.status_code == 504
    assert late.json()["detail"] == "no answer within 0.2 s (the caller's own limit)"
    assert replica.post({"input": 0}, x_request_timeout="10s").status_code == 200
    wrong = replica.post({"input": 0}, x_request_timeout="soon")
    assert wrong.status_code == 400
    assert "x-request-timeout" in wrong.json()["detail"]


def test_a_killed_worker_costs_no_request(serve: Start) -> None:
    replica = serve(POISON)
    found: list[int] = []

    def load() -> None:
        found.extend(answer.status_code for answer in replica.ask_all(range(600)))

    loading = threading.Thread(target=load)
    worker = replica.worker()
    loading.start()
    until(lambda: "predict" in replica.client.get("/metrics").text, "requests answered")
    os.kill(worker, signal.SIGKILL)
    loading.join()
    assert found == [200] * 600
    assert replica.worker() != worker
    assert f"worker {worker}: killed by SIGKILL" in replica.log


def test_workers_share_the_queue(serve: Start) -> None:
    replica = serve(
        """
        import os, time
        class Model:
            def predict(self, _):
                time.sleep(0.05)
                return os.getpid()
        """,
        workers=2,
    )
    answers = replica.ask_all(range(8))
    assert len({answer.json()["output"] for answer in answers}) == 2


@pytest.mark.alone
def test_rows_wait_for_company_only_when_asked_to(serve: Start) -> None:
    code = """
        class Model:
            max_batch = 64
            def predict(self, inputs):
                return [len(inputs)] * len(inputs)
    """
    patient = serve(code, batch={"max_size": 4, "max_delay": 5.0})
    began = time.monotonic()
    first = threading.Thread(target=patient.ask, args=(0,))
    first.start()
    until(lambda: in_flight(patient) == 1, "the first request waits")
    assert [answer.json()["output"] for answer in patient.ask_all(range(3))] == [4] * 3
    first.join()
    assert time.monotonic() - began < 4
    short = serve(code, batch={"max_size": 64, "max_delay": 0.05})
    assert short.ask(1) == 1


def test_a_request_whose_client_has_gone_is_not_computed(serve: Start) -> None:
    replica = serve(
        """
        import os, time
        class Model:
            seen = []
            def predict(self, value):
                self.seen.append(value)
                while value == "wait" and not os.path.exists("go"):
                    time.sleep(0.01)
                return self.seen
        """
    )
    waiting = [threading.Thread(target=replica.ask, args=("wait",)) for _ in range(2)]
    for thread in waiting:
        thread.start()
    until(lambda: in_flight(replica) == 2, "the first request computing, the second sent")
    body = b'{"input": "gone"}'
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(str(replica.socket))
        request = b"POST /predict HTTP/1.1\r\nhost: a\r\ncontent-length: %d\r\n\r\n%b"
        client.sendall(request % (len(body), body))
        until(lambda: in_flight(replica) == 3, "the request is waiting")
    until(lambda: in_flight(replica) == 2, "the runner has seen it go")
    (replica.folder / "code" / "go").touch()
    for thread in waiting:
        thread.join()
    assert replica.ask("last") == ["wait", "wait", "last"]


def in_flight(replica: Replica) -> int:
    lines = replica.client.get("/metrics").text.splitlines()
    line = next(line for line in lines if line.startswith("argosy_in_flight{"))
    return int(float(line.rpartition(" ")[2]))


def test_killed_workers_cost_a_lone_caller_nothing(serve: Start) -> None:
    """One request at a time takes a shorter way, and meets a worker at every moment of its end."""
    replica = serve(ECHO)
    found: list[tuple[int, str]] = []
    stop = threading.Event()

    def ask() -> None:
        while not stop.is_set():
            answer = replica.post({"input": 1})
            found.append((answer.status_code, answer.text))

    asking = threading.Thread(target=ask)
    asking.start()
    for kills in range(1, 9):
        os.kill(replica.worker(), signal.SIGKILL)
        until(partial(replaced, replica, kills), "replaced")
        wanted = len(found) + 20
        until(partial(longer, found, wanted), "answers after the kill")
    stop.set()
    asking.join()
    assert {code for code, _ in found} == {200}, [text for code, text in found if code != 200][:3]


def replaced(replica: Replica, times: int) -> bool:
    state = replica.state()
    return bool(state["ready"] and state["worker_restarts"] == times)


def longer(found: list[tuple[int, str]], wanted: int) -> bool:
    return len(found) > wanted
