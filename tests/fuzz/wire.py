"""Requests as bytes on a connection, and whether a replica has borne them."""

from __future__ import annotations

import contextlib
import json
import socket
from collections.abc import Iterator
from typing import Any

from tests.runner.replicas import Replica
from tests.waiting import until

PATIENCE = 20.0
INFER = b"/v2/models/m/infer"


@contextlib.contextmanager
def calm_after(replica: Replica) -> Iterator[None]:
    """After the block it answers as before, has nothing under way, and has met no fault."""
    right = request(json.dumps(example_of(replica)).encode(), INFER)
    wanted, log = send(replica, right), replica.log
    assert wanted.startswith(b"HTTP/1.1 200"), wanted
    yield
    assert send(replica, right) == wanted
    until(lambda: in_flight(replica) == 0, "nothing is under way")
    told = replica.log[len(log) :]
    assert "Traceback" not in told, told[-4000:]
    assert replica.stray == ""


def example_of(replica: Replica) -> Any:
    """A request of tensors, of the replica's own document."""
    paths = replica.client.get("/openapi.json").json()["paths"]
    content = paths[INFER.decode()]["post"]["requestBody"]["content"]
    return content["application/json"]["example"]


def in_flight(replica: Replica) -> float:
    metrics = replica.client.get("/metrics").text
    (line,) = [each for each in metrics.splitlines() if each.startswith("argosy_in_flight{")]
    return float(line.rpartition(" ")[2])


def address_of(replica: Replica) -> tuple[str, int]:
    assert replica.port is not None
    return "127.0.0.1", replica.port


def send(replica: Replica, data: bytes, *, may_wait: bool = False) -> bytes:
    """All that comes back, until the other side closes. Fails on silence.

    A request that ``may_wait`` for more of itself is ended a moment later.
    """
    timeout = 0.5 if may_wait else PATIENCE
    with socket.create_connection(address_of(replica), timeout) as client:
        received = b""
        try:
            client.sendall(data)
            while part := _receive(client):
                received += part
        except (BrokenPipeError, ConnectionResetError):
            return received
    return received


def _receive(client: socket.socket) -> bytes:
    try:
        return client.recv(65536)
    except TimeoutError:
        if client.gettimeout() == PATIENCE:
            raise
        client.settimeout(PATIENCE)
        client.shutdown(socket.SHUT_WR)
        return client.recv(65536)


def request(body: bytes, path: bytes = b"/predict", *headers: bytes) -> bytes:
    """A POST on a connection of its own."""
    lines = (
        b"POST %b HTTP/1.1" % path, b"host: a", b"connection: close",
        b"content-length: %d" % len(body), *headers,
    )  # fmt: skip
    return b"\r\n".join(lines) + b"\r\n\r\n" + body
