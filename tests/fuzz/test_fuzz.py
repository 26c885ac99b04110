"""Wrong requests of every make: an answer in the protocol's own form, never a 500, never silence.

A short while in every test run; `scripts/fuzz` goes on for ten minutes.
"""

from __future__ import annotations

import contextlib
import json
import os
import random
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.ports import free_port
from tests.runner.replicas import Replica

SECONDS = float(os.environ.get("FUZZ_SECONDS", "8"))
PATIENCE = 20.0
EVERYTHING = """
from dataclasses import dataclass
from typing import Dict, List, Optional, Union


@dataclass
class Question:
    text: str
    count: int = 1
    scores: Optional[List[float]] = None
    more: Optional[Dict[str, Union[int, str]]] = None


class Model:
    max_batch = 8
    examples = [{"text": "a", "count": 2}, {"text": "b"}, {"text": "c"}]

    def predict(self, inputs: List[Question]) -> List[dict]:
        return [{"text": one.text[:5], "scores": len(one.scores or [])} for one in inputs]

    async def chat(self, messages, temperature: float = 1.0):
        yield "hello"
        yield " world"

    def complete(self, prompt):
        yield prompt[:3]

    def embed(self, texts):
        return [[float(len(text)), 0.5] for text in texts]

    async def stream(self, count: int):
        for number in range(min(count, 3)):
            yield number
"""


@pytest.fixture
def everything(tmp_path: Path) -> Iterator[Replica]:
    """A replica that speaks all there is, reached over TCP as the tools need it."""
    run = Path(tempfile.mkdtemp(prefix="argosy-"))
    replica = Replica(tmp_path, run, EVERYTHING, port=free_port(), timeout=5.0)
    yield replica.until_ready()
    replica.stop()
    shutil.rmtree(run)


@pytest.mark.timeout(SECONDS * 2 + 120)
def test_requests_made_from_the_document_are_answered_as_it_says(
    everything: Replica, tmp_path: Path
) -> None:
    url = f"http://127.0.0.1:{everything.port}"
    checks = (
        "not_a_server_error,status_code_conformance,content_type_conformance,"
        "response_schema_conformance,unsupported_method"
    )
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        done = subprocess.run(
            [
                str(Path(sys.executable).with_name("schemathesis")),
                "run", f"{url}/openapi.json", "--url", url, "--checks", checks,
                "--max-examples", "50", "--no-color",
            ],
            capture_output=True, text=True, check=False, cwd=tmp_path, timeout=SECONDS + 120,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]
    until_calm(everything)


@pytest.mark.timeout(SECONDS * 2 + 120)
def test_bytes_that_are_nearly_requests_are_answered_or_cut(everything: Replica) -> None:
    seed = random.randrange(2**32)
    chance = random.Random(seed)
    until = time.monotonic() + SECONDS
    while time.monotonic() < until:
        data = broken(chance)
        answer = send(address_of(everything), data, may_wait=True)
        assert not answer.startswith(b"HTTP/1.1 500"), (seed, data[:2000], answer[:2000])
    until_calm(everything)


@pytest.mark.timeout(180)
def test_slow_and_unfinished_requests_keep_nobody_waiting(everything: Replica) -> None:
    """Many connections that begin a request and never end it."""
    with contextlib.ExitStack() as open_ones:
        for _ in range(100):
            one = socket.create_connection(address_of(everything), timeout=PATIENCE)
            open_ones.enter_context(one)
            one.sendall(b"POST /predict HTTP/1.1\r\nhost: a\r\ncontent-length: 1000\r\n\r\n{")
        for _ in range(20):
            answer = send(address_of(everything), request(b'{"input": {"text": "a"}}'))
            assert answer.startswith(b"HTTP/1.1 200"), answer
    until_calm(everything)


def until_calm(replica: Replica) -> None:
    """It answers, has nothing under way, and has met no fault of its own."""
    answer = send(address_of(replica), request(b'{"input": {"text": "abc"}}'))
    assert answer.endswith(b'{"output": {"text": "abc", "scores": 0}}'), answer
    deadline = time.monotonic() + PATIENCE
    while True:
        text = send(
            address_of(replica), b"GET /metrics HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n"
        )
        line = next(one for one in text.splitlines() if one.startswith(b"argosy_in_flight{"))
        if float(line.split()[-1]) == 0:
            break
        assert time.monotonic() < deadline, line
    assert "Traceback" not in replica.log, replica.log[-4000:]
    assert replica.stray == ""


def address_of(replica: Replica) -> tuple[str, int]:
    assert replica.port is not None
    return "127.0.0.1", replica.port


def send(address: tuple[str, int], data: bytes, *, may_wait: bool = False) -> bytes:
    """All that comes back, until the other side closes. Fails on silence.

    A request that ``may_wait`` for more of itself is ended a moment later.
    """
    with socket.create_connection(address, timeout=0.5 if may_wait else PATIENCE) as client:
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
    lines = (
        b"POST %b HTTP/1.1" % path, b"host: a", b"connection: close",
        b"content-length: %d" % len(body), *headers,
    )  # fmt: skip
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def broken(chance: random.Random) -> bytes:
    """A request that was right once."""
    bodies = {
        b"/predict": {"input": {"text": "a", "count": 1, "scores": [1.5]}},
        b"/v1/chat/completions": {"messages": [{"role": "user", "content": "a"}], "n": 2},
        b"/v1/completions": {"prompt": ["a", "b"], "stream": True},
        b"/v1/embeddings": {"input": ["a", "b"], "encoding_format": "base64"},
    }
    path = chance.choice(list(bodies))
    body = bytearray(json.dumps(bodies[path]).encode())
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
