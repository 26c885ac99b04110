"""What a command tells while a change is made, whoever ends first."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import ThreadingUnixStreamServer

import pytest

from argosy.cli.progress import check, follow
from argosy.errors import ArgosyError, ModelFailed
from argosy.supervisor.client import Client, lock_file
from argosy.supervisor.status import ModelStatus, StackStatus


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
