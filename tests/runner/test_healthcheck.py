"""Docker's question, put to a server that answers as a replica does."""

from __future__ import annotations

import json
import socketserver
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

READY = b'HTTP/1.1 200 OK\r\n\r\n{"ready": true, "reason": ""}'
LOADING = b'HTTP/1.1 503 Service Unavailable\r\n\r\n{"reason": "the model is\\nbeing loaded"}'


@contextmanager
def answering(
    server: type[socketserver.BaseServer], address: object, answer: bytes
) -> Iterator[socketserver.BaseServer]:
    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            assert self.rfile.readline() == b"GET /ready HTTP/1.1\r\n"
            while self.rfile.readline().strip():
                pass
            self.wfile.write(answer)

    with server(address, Handler) as made:  # type: ignore[arg-type]
        thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield made
        made.shutdown()
        thread.join()


def ask(folder: Path, listen: str) -> tuple[int, str]:
    settings = folder / "settings.json"
    settings.write_text(json.dumps({"listen": listen}))
    done = subprocess.run(
        [sys.executable, "-I", "-m", "argosy_runner.healthcheck", settings],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    return done.returncode, done.stdout + done.stderr


def test_a_ready_replica_on_tcp_is_asked_at_this_machine(tmp_path: Path) -> None:
    with answering(socketserver.TCPServer, ("127.0.0.1", 0), READY) as server:
        port = server.server_address[1]  # type: ignore[index]
        assert ask(tmp_path, f"0.0.0.0:{port}") == (0, "ready\n")


def test_a_replica_that_is_not_ready_says_why_in_one_line(tmp_path: Path) -> None:
    socket = str(tmp_path / "s")
    with answering(socketserver.UnixStreamServer, socket, LOADING):
        assert ask(tmp_path, f"unix:{socket}") == (1, "the model is being loaded\n")


def test_nobody_there_is_not_ready(tmp_path: Path) -> None:
    code, said = ask(tmp_path, f"unix:{tmp_path / 'nobody'}")
    assert (code, said[:10]) == (1, "no answer:")


def test_an_answer_that_is_none_is_not_ready(tmp_path: Path) -> None:
    socket = str(tmp_path / "s")
    with answering(socketserver.UnixStreamServer, socket, b"nonsense"):
        code, said = ask(tmp_path, f"unix:{socket}")
    assert (code, said[:10]) == (1, "no answer:")
