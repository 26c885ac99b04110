from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.runner.conftest import Start
from tests.waiting import until

FRAGILE = """
import os
import time
class Model:
    def load(self, weights):
        while os.path.exists("slow"):
            time.sleep(0.01)
        if os.path.exists("broken"):
            raise RuntimeError("the weights are broken")
    def predict(self, value):
        return value
"""


def test_a_load_that_hangs_ends_at_its_limit(start: Start) -> None:
    replica = start("import time\ntime.sleep(1000)\n", start_timeout=0.5)
    assert replica.exit_code() == 1
    reason = "load did not finish within 0.5 s (start_timeout)"
    assert replica.termination.read_text() == reason
    assert reason in replica.log


def test_an_interpreter_that_is_not_there_is_said(start: Start, tmp_path: Path) -> None:
    replica = start(FRAGILE, python=str(tmp_path / "python"))
    assert replica.exit_code() == 1
    assert "the model's Python cannot be started" in replica.termination.read_text()


def test_a_worker_that_loads_no_more_is_tried_again_until_it_does(serve: Start) -> None:
    replica = serve(FRAGILE)
    broken = replica.folder / "code" / "broken"
    broken.touch()
    os.kill(replica.worker(), signal.SIGKILL)
    state = until(
        lambda: "broken" in (found := replica.state())["reason"] and found, "the failed load"
    )
    assert (state["ready"], state["queueing"], state["state"]) == (False, False, "restarting")
    assert "RuntimeError: the weights are broken" in state["reason"]
    refused = replica.post({"input": 1})
    assert refused.status_code == 503
    assert "the weights are broken" in refused.json()["detail"]
    assert replica.process.poll() is None
    broken.unlink()
    until(lambda: replica.state()["ready"], "ready again")
    assert replica.ask(1) == 1


def test_requests_wait_while_the_worker_is_replaced(serve: Start) -> None:
    replica = serve("import time\ntime.sleep(0.3)\n" + FRAGILE)
    os.kill(replica.worker(), signal.SIGKILL)
    state = until(
        lambda: (found := replica.state())["state"] == "restarting" and found, "restarting"
    )
    assert (state["ready"], state["queueing"]) == (False, True)
    assert replica.ask(1) == 1
    state = replica.state()
    assert (state["ready"], state["queueing"]) == (True, False)


def test_nobody_is_to_queue_for_a_worker_that_is_late(serve: Start) -> None:
    replica = serve(FRAGILE, timeout=1.0)
    slow = replica.folder / "code" / "slow"
    slow.touch()
    os.kill(replica.worker(), signal.SIGKILL)
    until(lambda: replica.state()["queueing"], "queueing")
    until(lambda: not (state := replica.state())["queueing"] and not state["ready"], "late")
    assert replica.state()["state"] == "restarting"
    slow.unlink()
    until(lambda: replica.state()["ready"], "ready again")


def test_nobody_is_to_queue_for_longer_than_a_request_may_wait(serve: Start) -> None:
    replica = serve("import time\ntime.sleep(3)\n" + FRAGILE, timeout=0.5)
    os.kill(replica.worker(), signal.SIGKILL)
    state = until(
        lambda: (found := replica.state())["state"] == "restarting" and found, "restarting"
    )
    assert (state["ready"], state["queueing"]) == (False, False)


def test_a_leak_costs_the_request_that_leaked(serve: Start, cgroup: Path) -> None:
    limit = 256 * 2**20
    replica = serve(
        """
        class Model:
            def predict(self, size):
                return len(bytes(1) * size)
        """,
        memory=limit,
    )
    (cgroup / "memory.limit_in_bytes").write_text(str(limit))
    for pid in (replica.process.pid, replica.worker()):
        (cgroup / "cgroup.procs").write_text(str(pid))
    answer = replica.post({"input": 2**29})
    assert answer.status_code == 500
    assert "out of memory (limit 256 MiB)" in answer.json()["detail"]
    assert replica.process.poll() is None
    until(lambda: replica.state()["ready"], "ready again")
    assert replica.ask(3) == 3


@pytest.fixture
def cgroup() -> Iterator[Path]:
    root = Path("/sys/fs/cgroup/memory")
    if not os.access(root / "cgroup.procs", os.W_OK):
        pytest.skip("needs a writable memory cgroup (version 1): run as root")
    folder = root / f"argosy-test-{os.getpid()}"
    folder.mkdir()
    yield folder

    def removed() -> bool:
        for pid in (folder / "cgroup.procs").read_text().split():
            os.kill(int(pid), signal.SIGKILL)
        try:
            folder.rmdir()
        except OSError:
            return False
        return True

    until(removed, "the cgroup is empty")
