from __future__ import annotations

import contextlib
import json
import random
import socket
import time

import pytest

from tests.fuzz.wire import INFER, PATIENCE, address_of, calm_after, request, send
from tests.runner.replicas import Replica

BODIES = {
    b"/predict": {"input": {"text": "a", "count": 1, "scores": [1.5]}},
    b"/v1/chat/completions": {"messages": [{"role": "user", "content": "a"}], "n": 2},
    b"/v1/completions": {"prompt": ["a", "b"], "stream": True},
    b"/v1/embeddings": {"input": ["a", "b"], "encoding_format": "base64"},
    INFER: {
        "inputs": [{"name": "text", "datatype": "BYTES", "shape": [1], "data": ["a"]}],
        "parameters": {"binary_data_output": True},
    },
}


def test_bytes_that_are_nearly_requests_are_answered_or_cut(
    everything: Replica, chance: random.Random, seconds: float
) -> None:
    until = time.monotonic() + seconds
    with calm_after(everything):
        while time.monotonic() < until:
            data = broken(chance)
            answer = send(everything, data, may_wait=True)
            assert not answer.startswith(b"HTTP/1.1 500"), (data[:2000], answer[:2000])


@pytest.mark.timeout(180)
@pytest.mark.parametrize("path", [b"/predict", INFER])
def test_slow_and_unfinished_requests_keep_nobody_waiting(everything: Replica, path: bytes) -> None:
    """Connections that begin a request and never end it, and some that go on byte by byte."""
    right = request(json.dumps(BODIES[path]).encode(), path)
    with calm_after(everything), contextlib.ExitStack() as open_ones:
        slow = []
        for _ in range(100):
            one = socket.create_connection(address_of(everything), timeout=PATIENCE)
            slow.append(open_ones.enter_context(one))
            one.sendall(b"POST %b HTTP/1.1\r\nhost: a\r\ncontent-length: 1000\r\n\r\n{" % path)
        for _ in range(20):
            for one in slow[:50]:
                one.sendall(b" ")
            answer = send(everything, right)
            assert answer.startswith(b"HTTP/1.1 200"), answer


def broken(chance: random.Random) -> bytes:
    """A request that was right once."""
    path = chance.choice(list(BODIES))
    body = bytearray(json.dumps(BODIES[path]).encode())
    for _ in range(chance.randrange(4)):
        at = chance.randrange(len(body))
        what = chance.randrange(6)
        if what == 0:
            body[at] = chance.randrange(256)
        elif what == 1:
            del body[at:]
            body += b" "
        elif what == 2:
            body[at:at] = chance.choice(
                [b"NaN", b"1e999", b"\xff\xfe", b"\x00", b"\\ud800", b"9" * 400]
            )
        elif what == 3:
            body = bytearray(b"[" * chance.randrange(1, 20000)) + body
        elif what == 4:
            body *= 2
        else:
            body[at:at] = b'"extra": {"a": [1, 2]}, '
    headers = chance.sample(
        [
            b"content-type: application/json", b"content-type: image/png",
            b"content-type: multipart/form-data; boundary=x", b"accept: text/event-stream",
            b"x-request-timeout: 1ms", b"x-request-timeout: \xff", b"content-encoding: gzip",
            b"transfer-encoding: chunked", b"expect: 100-continue",
        ],
        chance.randrange(3),
    )  # fmt: skip
    data = bytearray(request(bytes(body), path, *headers))
    if chance.random() < 0.3:
        data[chance.randrange(len(data))] = chance.randrange(256)
    return bytes(data)
