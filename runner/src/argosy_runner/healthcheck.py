"""``python -m argosy_runner.healthcheck <settings.json>``: whether the replica here is ready.

For whoever can only run a command inside the replica's container, as Docker does: an image then
needs no curl. Standard library alone, and little of it, because it is started again and again.
"""

from __future__ import annotations

import json
import socket
import sys
from pathlib import Path

TIMEOUT = 4.0  # seconds; Docker is told 5
LONGEST_ANSWER = 1 << 16
ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}  # noqa: S104  to listen there and to call there


def main() -> int:
    """0 when it is ready, else 1 and a line that says why not."""
    try:
        status, body = _ask(json.loads(Path(sys.argv[1]).read_bytes())["listen"])
    except (OSError, ValueError, LookupError) as error:
        print(f"no answer: {error}")  # noqa: T201  Docker keeps what is printed
        return 1
    print(_reason(body) if status != 200 else "ready")  # noqa: T201
    return 0 if status == 200 else 1


def _ask(listen: str) -> tuple[int, bytes]:
    with _connect(listen) as connection:
        connection.sendall(b"GET /ready HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
        answer = b""
        while len(answer) < LONGEST_ANSWER and (piece := connection.recv(LONGEST_ANSWER)):
            answer += piece
    head, _, body = answer.partition(b"\r\n\r\n")
    return int(head.split(b" ", 2)[1]), body


def _connect(listen: str) -> socket.socket:
    if listen.startswith("unix:"):
        connection = socket.socket(socket.AF_UNIX)
        connection.settimeout(TIMEOUT)
        connection.connect(listen.removeprefix("unix:"))
        return connection
    host, _, port = listen.rpartition(":")
    host = host.strip("[]")
    # An address needs no lookup, for which Python would load all of IDNA.
    connection = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    connection.settimeout(TIMEOUT)
    connection.connect((ANYWHERE.get(host, host), int(port)))
    return connection


def _reason(body: bytes) -> str:
    """As the replica gives it, in one line."""
    try:
        return " ".join(str(json.loads(body)["reason"]).split())
    except (ValueError, LookupError, TypeError):
        return "not ready"


if __name__ == "__main__":
    sys.exit(main())
