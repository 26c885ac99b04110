from __future__ import annotations

import os
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.ports import free_address
from tests.runner.conftest import Start
from tests.runner.replicas import Replica, alive, children
from tests.waiting import until

# A server of the standard library, and what is wrong with it when a file of that name is there.
PROGRAM = """
import http.server, os, pathlib, signal, subprocess, sys, threading

print("listening soon", flush=True)
here = pathlib.Path.cwd()
if (here / "broken").exists():
    print("no such weights: 7b", file=sys.stderr)
    sys.exit(3)
if (here / "stubborn").exists():
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
if (here / "family").exists():
    child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(1000)"])
    (here / "child").write_text(str(child.pid))
running = 0

class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self):
        global running
        code, text = 200, "ok"
        if self.path == "/health" and (here / "loading").exists():
            code, text = 503, "weights at 40 %"
        elif self.path == "/metrics":
            name = "vllm:num_requests_running"
            text = f"# TYPE {name} gauge\\n{name} {running}\\n"
        elif self.path == "/slow":
            running += 1
            (here / "asked").touch()
            while not (here / "finish").exists():
                pass
            running -= 1
        self.answer(code, text)

    def do_POST(self):
        body = self.rfile.read(int(self.headers["content-length"]))
        if (here / "empty").exists():
            self.answer(500, "the graph is being compiled")
        else:
            self.answer(200, body.decode())

    def answer(self, code, text):
        self.send_response(code)
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *args):
        pass

http.server.ThreadingHTTPServer((sys.argv[1], int(sys.argv[2])), Handler).serve_forever()
"""


Served = Callable[..., Replica]


@pytest.fixture
def served(start: Start, tmp_path: Path) -> Served:
    """Start a replica of `PROGRAM`; what is wrong with it is named."""

    def begin(*wrong: str, **settings: Any) -> Replica:
        folder = tmp_path / "program"
        folder.mkdir()
        (folder / "program.py").write_text(PROGRAM)
        for name in wrong:
            (folder / name).touch()
        told = {
            "engine": "command",
            "command": ["python", "program.py", "{host}", "{port}"],
            "serve_at": free_address(),
            "folder_of_code": folder,
            **settings,
        }
        replica = start(**told)
        replica.engine = f"http://{told['serve_at']}"
        replica.code = folder
        return replica

    return begin


def engine_of(replica: Replica) -> int:
    """The pid of the engine: the only child of the keeper."""
    found: list[int] = until(lambda: children(replica.worker()), "an engine")
    assert len(found) == 1
    return found[0]


def until_gone(*pids: int) -> None:
    until(lambda: not any(alive(pid) for pid in pids), "all gone")


def test_it_is_ready_once_its_path_answers_and_not_before(served: Served) -> None:
    replica = served("loading")
    reason = "/health: 503 weights at 40 %"
    state = until(lambda: (now := replica.state())["reason"] == reason and now, "its reason")
    assert (state["ready"], state["state"]) == (False, "loading")
    (replica.code / "loading").unlink()
    state = replica.until_ready().state()
    assert (state["state"], state["reason"], state["worker_restarts"]) == ("ready", "", 0)
    assert state["cold_start"]["start"] > 0
    assert state["cold_start"]["load"] > 0
    assert httpx.post(f"{replica.engine}/predict", content="mine").text == "mine"
    assert "listening soon" in replica.log
    assert not replica.stray


def test_its_path_can_be_another(served: Served) -> None:
    replica = served("loading", options={"ready_path": "/else"})
    assert replica.until_ready().state()["ready"]


def test_an_end_before_it_is_ready_is_said_in_its_own_words(served: Served) -> None:
    replica = served("broken")
    assert replica.exit_code() == 1
    assert replica.termination.read_text() == (
        "the engine exited with code 3 before it was ready\nlistening soon\nno such weights: 7b"
    )


def test_a_command_that_cannot_be_run_is_said(served: Served) -> None:
    replica = served(command=["no-such-program", "{port}"])
    assert replica.exit_code() == 1
    assert "no-such-program cannot be run: No such file" in replica.termination.read_text()


def test_one_that_is_never_ready_ends_at_its_limit(served: Served) -> None:
    replica = served("loading", start_timeout=1.0)
    engine = engine_of(replica)
    assert replica.exit_code() == 1
    said = replica.termination.read_text()
    assert "not ready within 1 s (start_timeout): /health: 503 weights at 40 %" in said
    assert not alive(engine)


def test_an_engine_that_dies_is_replaced(served: Served) -> None:
    replica = served().until_ready()
    first = engine_of(replica)
    os.kill(first, signal.SIGKILL)
    state = until(
        lambda: (now := replica.state())["worker_restarts"] and now["ready"] and now, "replaced"
    )
    assert state["worker_restarts"] == 1
    assert engine_of(replica) != first
    assert "the engine was killed by SIGKILL" in replica.log
    text = replica.client.get("/metrics").text
    assert 'argosy_worker_restarts_total{model="m",reason="died",replica="m.r1.0"' in text
    assert httpx.get(f"{replica.engine}/health").status_code == 200


def test_one_that_starts_no_more_is_tried_again_until_it_does(served: Served) -> None:
    replica = served().until_ready()
    (replica.code / "broken").touch()
    os.kill(engine_of(replica), signal.SIGKILL)
    state = until(
        lambda: "7b" in (now := replica.state())["reason"] and now, "the reason of the next start"
    )
    assert (state["ready"], state["state"]) == (False, "restarting")
    assert replica.process.poll() is None
    (replica.code / "broken").unlink()
    until(lambda: replica.state()["ready"], "ready again")


def test_a_hung_engine_is_unready_until_it_answers(served: Served) -> None:
    replica = served().until_ready()
    engine = engine_of(replica)
    os.kill(engine, signal.SIGSTOP)
    state = until(lambda: not (now := replica.state())["ready"] and now, "unready")
    assert state["state"] == "unready"
    assert state["reason"] == "/health is not answered within 5 s"
    os.kill(engine, signal.SIGCONT)
    until(lambda: replica.state()["ready"], "ready again")
    assert engine_of(replica) == engine


def test_sigterm_waits_for_what_is_in_flight(served: Served) -> None:
    replica = served(options={"metrics_path": "/metrics"}, drain=0.2).until_ready()
    engine = engine_of(replica)
    answers: list[str] = []
    asking = threading.Thread(
        target=lambda: answers.append(httpx.get(f"{replica.engine}/slow", timeout=30).text)
    )
    asking.start()
    until((replica.code / "asked").exists, "asked")
    replica.process.send_signal(signal.SIGTERM)
    state = until(lambda: (now := replica.state())["state"] != "ready" and now, "draining")
    assert (state["ready"], state["state"]) == (False, "draining")
    until(lambda: not replica.socket.exists() or replica.state()["state"] == "absent", "drained")
    assert alive(engine)
    (replica.code / "finish").touch()
    assert replica.exit_code() == 0
    asking.join()
    assert answers == ["ok"]
    assert not alive(engine)
    assert not replica.stray


def test_one_that_does_not_go_is_ended(served: Served) -> None:
    replica = served("stubborn", "family", timeout=0.5).until_ready()
    engine, child = engine_of(replica), int((replica.code / "child").read_text())
    replica.process.send_signal(signal.SIGINT)
    assert replica.exit_code() == 0
    assert not alive(engine)
    assert not alive(child)


def test_a_killed_runner_leaves_nothing_that_the_engine_has_started(served: Served) -> None:
    replica = served("stubborn", "family").until_ready()
    keeper, engine = replica.worker(), engine_of(replica)
    child = int((replica.code / "child").read_text())
    os.kill(replica.process.pid, signal.SIGKILL)
    until_gone(keeper, engine, child)


def test_a_killed_keeper_takes_the_engine_with_it(served: Served) -> None:
    replica = served("family").until_ready()
    engine, child = engine_of(replica), int((replica.code / "child").read_text())
    os.kill(replica.worker(), signal.SIGKILL)
    until_gone(engine, child)
    until(lambda: replica.state()["ready"], "another")


def test_its_metrics_are_told_twice(served: Served) -> None:
    replica = served(options={"metrics_path": "/metrics"}).until_ready()
    answer = replica.client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert 'argosy_in_flight{model="m",replica="m.r1.0",revision="r1"} 0.0' in answer.text
    assert "\nvllm:num_requests_running 0\n" in answer.text
    assert "argosy_load_seconds{" in answer.text


def test_the_runner_answers_no_one_else(served: Served) -> None:
    replica = served().until_ready()
    assert replica.client.get("/health").json() == {"status": "alive"}
    missing = replica.post({"input": 1})
    assert (missing.status_code, missing.headers["content-type"]) == (
        404,
        "application/problem+json",
    )
    assert "the engine itself answers at 127.0.0.1:" in missing.json()["detail"]
    assert replica.client.post("/ready").headers["allow"] == "GET, HEAD"


def test_an_answer_of_200_is_no_proof_that_it_computes(served: Served, tmp_path: Path) -> None:
    """vLLM's command, with a server in its place whose /health is good before it can compute."""
    package = tmp_path / "program" / "vllm" / "entrypoints" / "cli"
    environment = {"PYTHONPATH": str(tmp_path / "program")}
    serve_at = free_address()
    replica = served("empty", engine="vllm", env=environment, serve_at=serve_at, weights="/w")
    package.mkdir(parents=True)
    (package / "main.py").write_text("import sys; sys.argv[1:] = sys.argv[4:7:2]\n" + PROGRAM)
    reason = "/v1/completions: 500 the graph is being compiled"
    state = until(lambda: (now := replica.state())["reason"] == reason and now, "its reason")
    assert (state["ready"], state["state"]) == (False, "warming")
    assert httpx.get(f"http://{serve_at}/health").status_code == 200
    (replica.code / "empty").unlink()
    state = replica.until_ready().state()
    assert state["cold_start"]["warm_up"] > 0
