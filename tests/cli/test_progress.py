"""What a command tells while a change is made, whoever ends first."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import ThreadingUnixStreamServer

import pytest

from argosy.cli.progress import check, follow, line
from argosy.errors import ArgosyError, ModelFailed, RolloutPaused
from argosy.platforms.platform import Replica
from argosy.supervisor.client import Client, lock_file
from argosy.supervisor.status import ModelStatus, RolloutStatus, StackStatus


class Leaving(BaseHTTPRequestHandler):
    """A supervisor that ends while its refusal is still on the way."""

    protocol_version = "HTTP/1.1"
    has_ended = threading.Event()

    def address_string(self) -> str:
        return ""

    def log_message(self, *_: object) -> None:
        pass

    def do_GET(self) -> None:
        self._answer(200, b"")
        self.has_ended.set()

    def do_POST(self) -> None:
        assert self.has_ended.wait(20)
        self._answer(422, b'{"error": "the port is taken", "exit_code": 1}')

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    file, socket = tmp_path / "argosy.yaml", tmp_path / "socket"
    lock_file(file).parent.mkdir()
    lock_file(file).write_text(f"{file}\n{socket}\n")
    with ThreadingUnixStreamServer(str(socket), Leaving) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        with Client(file) as made:
            yield made
        server.shutdown()
        thread.join()


def test_a_refusal_is_told_although_the_supervisor_has_ended(client: Client) -> None:
    with pytest.raises(ArgosyError, match="the port is taken"):
        follow(client, client.down)


@pytest.mark.parametrize(
    ("rolled_back", "told"),
    [
        (True, "The evidence: `argosy rollout status a`."),
        (False, "The whole log: `argosy logs a`."),
    ],
)
def test_what_failed_leads_to_whatever_tells_why(rolled_back: bool, told: str) -> None:
    model = ModelStatus(
        "a", "python", "failed", 1, 2, 1, 1, "", reason="worse", was_rolled_back=rolled_back
    )
    status = StackStatus("desk", "/argosy.yaml", True, "", 1, True, None, models=(model,))  # type: ignore[arg-type]
    with pytest.raises(ModelFailed, match=r"a r2 did not take over\. a r1 goes on") as failed:
        check(status)
    assert str(failed.value).endswith(told)


@pytest.mark.parametrize(
    ("verdict", "decides"),
    [
        ("promote", "`argosy rollout resume a`, `argosy rollout promote a` or"),
        ("inconclusive", r"not decided\. `argosy rollout promote a` or"),
    ],
)
def test_whoever_is_asked_to_decide_is_told_what_there_is(verdict: str, decides: str) -> None:
    rollout = RolloutStatus(2, 1, 0, (100,), verdict=verdict, paused=True, reason="not decided")
    model = ModelStatus("a", "python", "paused", 1, 2, 1, 1, "", rollout=rollout)
    status = StackStatus("desk", "/argosy.yaml", True, "", 1, True, None, models=(model,))  # type: ignore[arg-type]
    with pytest.raises(RolloutPaused, match=decides):
        check(status)


def test_whoever_goes_back_is_not_told_of_a_proof_that_there_is_not() -> None:
    rollout = RolloutStatus(1, 3, 0, (10, 100))
    starting = Replica("a", 1, 1, "loading")
    model = ModelStatus("a", "python", "rolling", 3, 1, 1, 1, "", rollout=rollout)
    assert line(replace(model, replicas=(starting,))) == "r3 → r1 loading"
    assert line(model) == "r3 → r1 starting"
    ready = replace(starting, state="ready")
    assert line(replace(model, replicas=(ready,))) == "r3 → r1 takes over"
    proving = replace(rollout, verdict="proving")
    assert line(replace(model, rollout=proving)) == "r3 → r1 is proven at 0 %"
