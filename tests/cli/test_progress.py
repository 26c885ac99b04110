"""What a command tells while a change is made, whoever ends first."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from socketserver import ThreadingUnixStreamServer

import pytest

from argosy.cli.progress import follow
from argosy.errors import ArgosyError
from argosy.supervisor.client import Client, lock_file


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
