from __future__ import annotations

import os
import re
import signal
import socket
import threading
from pathlib import Path

import httpx
import pytest

from tests.ports import free_address
from tests.runner.conftest import Start
from tests.runner.replicas import Replica, alive, children
from tests.waiting import until

SLOW = """
import time
class Model:
    def predict(self, seconds):
        time.sleep(seconds)
        return seconds
"""


def test_sigterm_turns_unready_goes_on_answering_and_finishes(serve: Start) -> None:
    replica = serve(SLOW, drain=1.0)
    worker = replica.worker()
    replica.process.send_signal(signal.SIGTERM)
    state = until(lambda: (found := replica.state())["state"] == "draining" and found, "draining")
    assert state["ready"] is False
    assert replica.ask(0) == 0
    answers: list[float] = []
    last = threading.Thread(target=lambda: answers.append(replica.ask(1.5)))
    last.start()
    last.join()
    assert answers == [1.5]
    assert replica.exit_code() == 0
    assert not replica.socket.exists()
    assert not alive(worker)
    assert not replica.stray


@pytest.mark.parametrize("signals", [[signal.SIGINT], [signal.SIGTERM, signal.SIGTERM]])
def test_sigint_or_a_second_sigterm_does_not_wait(
    serve: Start, signals: list[signal.Signals]
) -> None:
    replica = serve(SLOW, drain=60.0)
    for number in signals:
        replica.process.send_signal(number)
        until(lambda: replica.state()["state"] != "ready", "told")
    assert replica.process.wait(10) == 0


def test_what_never_served_has_nothing_to_drain(start: Start) -> None:
    replica = start("import time\ntime.sleep(1000)\n", drain=60.0)
    until(lambda: replica.state()["state"] == "loading", "loading")
    worker = replica.worker()
    replica.process.send_signal(signal.SIGTERM)
    assert replica.process.wait(10) == 0
    assert not alive(worker)


def test_a_killed_runner_leaves_no_worker(serve: Start) -> None:
    replica = serve(SLOW)
    worker = replica.worker()

    def ask() -> None:
        with pytest.raises(httpx.HTTPError):
            replica.ask(1000)

    asking = threading.Thread(target=ask)
    asking.start()
    until(lambda: "argosy_batch_rows_count" in replica.client.get("/metrics").text, "computing")
    os.kill(replica.process.pid, signal.SIGKILL)
    asking.join()
    until(lambda: not alive(worker), "the worker is gone")


def test_a_stale_socket_is_replaced(start: Start) -> None:
    replica = start(SLOW)
    replica.until_ready()
    replica.process.kill()
    replica.process.wait()
    assert replica.socket.exists()
    again = Replica(folder(replica.folder / "again"), replica.socket.parent, SLOW)
    try:
        assert again.until_ready().ask(0) == 0
    finally:
        again.stop()


def test_an_address_in_use_is_said(start: Start) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = f"127.0.0.1:{taken.getsockname()[1]}"
        replica = start(SLOW, listen=address)
        assert replica.exit_code() == 1
    assert f"{address} cannot be listened on" in replica.termination.read_text()
    assert not replica.stray


def test_it_listens_on_tcp(start: Start) -> None:
    address = free_address()
    start(SLOW, listen=address)

    def answers() -> bool:
        with socket.socket() as probe:
            host, _, port = address.partition(":")
            if probe.connect_ex((host, int(port))):
                return False
        return httpx.get(f"http://{address}/ready").status_code == 200

    until(answers, "ready over TCP")


def test_an_idle_runner_is_small(serve: Start) -> None:
    replica = serve(SLOW)
    status = Path(f"/proc/{replica.process.pid}/status").read_text()
    found = re.search(r"VmRSS:\s+(\d+) kB", status)
    assert found is not None
    assert int(found[1]) < 60 * 1024
    assert len(children(replica.process.pid)) == 1


def folder(place: Path) -> Path:
    place.mkdir()
    return place
