from __future__ import annotations

import socket

from tests.runner.conftest import Start

ECHO = "class Model:\n    def predict(self, value):\n        return value\n"


def test_pipelined_requests_are_answered_in_order_on_one_connection(serve: Start) -> None:
    replica = serve(ECHO)
    request = b'POST /predict HTTP/1.1\r\nhost: a\r\ncontent-length: 12\r\n\r\n{"input": %d}'
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(str(replica.socket))
        client.sendall(b"".join(request % number for number in range(10)))
        received = b""
        while received.count(b"output") < 10:
            received += client.recv(65536)
    assert [int(part[0:1]) for part in received.split(b'"output": ')[1:]] == list(range(10))


def test_an_answer_without_body_is_not_held_back(serve: Start) -> None:
    replica = serve(ECHO)
    head = replica.client.head("/health")
    assert (head.status_code, head.content) == (200, b"")
    assert int(head.headers["content-length"]) > 0


def test_a_client_that_asks_first_is_told_to_continue(serve: Start) -> None:
    replica = serve(ECHO)
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(10)
        client.connect(str(replica.socket))
        client.sendall(
            b"POST /predict HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\n"
            b"content-length: 12\r\nconnection: close\r\n\r\n"
        )
        assert client.recv(65536) == b"HTTP/1.1 100 Continue\r\n\r\n"
        client.sendall(b'{"input": 7}')
        received = b""
        while data := client.recv(65536):
            received += data
    assert received.endswith(b'{"output": 7}')
