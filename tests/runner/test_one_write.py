from __future__ import annotations

import asyncio
import gc
import socket
import threading
import weakref
from typing import Any

import pytest
import uvicorn

from argosy_runner.exchange import Exchange
from argosy_runner.one_write import LINGER, OneTimer, OneWriteProtocol
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


async def test_one_timer_rings_once_after_the_last_setting() -> None:
    loop = asyncio.get_running_loop()
    timer = OneTimer(loop)
    rung: asyncio.Queue[float] = asyncio.Queue()
    for delay in (0.01, 0.2, 0.05):
        timer.call_later(delay, lambda: rung.put_nowait(loop.time()))
    began = loop.time()
    assert await asyncio.wait_for(rung.get(), 10) - began >= 0.049
    timer.call_later(0.01, lambda: rung.put_nowait(loop.time())).cancel()
    timer.call_later(0.03, lambda: rung.put_nowait(loop.time()))
    await asyncio.wait_for(rung.get(), 10)
    assert rung.empty()


async def test_a_stopped_timer_leaves_nothing_with_the_loop() -> None:
    loop = asyncio.get_running_loop()
    timer = OneTimer(loop)
    there = weakref.ref(timer)
    timer.call_later(3600, print)
    timer.stop()
    del timer
    gc.collect()
    assert there() is None


def test_an_idle_connection_is_closed_in_time() -> None:
    """By uvicorn itself, with the protocol that a replica has and a shorter patience."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    config = uvicorn.Config(
        app, http=OneWriteProtocol, lifespan="off", log_level="error", timeout_keep_alive=1
    )
    server = uvicorn.Server(config)
    listener = socket.create_server(("127.0.0.1", 0))
    thread = threading.Thread(target=server.run, args=([listener],))
    thread.start()
    try:
        with socket.create_connection(listener.getsockname(), timeout=10) as client:
            for _ in range(2):
                client.sendall(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n")
                assert b"204" in client.recv(65536)
            assert client.recv(65536) == b""
    finally:
        server.should_exit = True
        thread.join()
        listener.close()


async def test_a_connection_that_has_ended_needs_no_garbage_collector() -> None:
    async def app(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "http.response.start", "status": 204, "headers": []})
        await send({"type": "http.response.body", "body": b""})

    made: list[weakref.ref[OneWriteProtocol]] = []

    class Watched(OneWriteProtocol):
        def connection_made(self, transport: asyncio.BaseTransport) -> None:
            made.append(weakref.ref(self))
            super().connection_made(transport)

    config = uvicorn.Config(app, http=Watched, lifespan="off", log_level="error")
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    listener = socket.create_server(("127.0.0.1", 0))
    gc.collect()
    gc.disable()
    try:
        await server.startup(sockets=[listener])
        for _ in range(3):
            reader, writer = await asyncio.open_connection(*listener.getsockname())
            writer.write(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n")
            assert b"204" in await reader.readline()
            writer.close()
            await writer.wait_closed()
        async with asyncio.timeout(10):
            while any(each() for each in made):  # noqa: ASYNC110  the loop itself lets them go
                await asyncio.sleep(0.01)
        assert len(made) == 3
    finally:
        gc.enable()
        await server.shutdown(sockets=[listener])
        listener.close()


async def test_what_came_before_a_connection_is_shut_down_is_read() -> None:
    asked: list[str] = []

    async def app(scope: Any, receive: Any, send: Any) -> None:
        asked.append(scope["path"])
        await Exchange(scope, receive, send).answer(200, b"text/plain", b"a")

    config = uvicorn.Config(app, http=OneWriteProtocol, lifespan="off", log_level="error")
    config.load()
    protocols = [OneWriteProtocol(config, uvicorn.Server(config).server_state, {}) for _ in "12"]
    pairs = [socket.socketpair() for _ in protocols]
    for protocol, (theirs, _) in zip(protocols, pairs, strict=True):
        await asyncio.get_running_loop().create_connection(lambda p=protocol: p, sock=theirs)  # type: ignore[misc]
    protocols[0].held = b"GET /held HTTP/1.1\r\nhost: a\r\n\r\n"

    for protocol in protocols:
        protocol.shutdown()
    await asyncio.sleep(0)

    assert asked == ["/held"]
    for _, ours in pairs:
        ours.close()


async def test_requests_leave_nothing_to_the_garbage_collector() -> None:
    """It would stop everything for many milliseconds, time after time."""

    async def app(scope: Any, receive: Any, send: Any) -> None:
        await Exchange(scope, receive, send).answer(200, b"text/plain", b"a")

    config = uvicorn.Config(app, http=OneWriteProtocol, lifespan="off", log_level="error")
    config.load()
    server = uvicorn.Server(config)
    server.lifespan = config.lifespan_class(config)
    listener = socket.create_server(("127.0.0.1", 0))
    await server.startup(sockets=[listener])
    reader, writer = await asyncio.open_connection(*listener.getsockname())

    async def ask(times: int) -> None:
        for _ in range(times):
            writer.write(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n")
            assert (await reader.readuntil(b"\r\n\r\na")).startswith(b"HTTP/1.1 200")

    gc.disable()
    try:
        await ask(1)
        gc.collect()
        await ask(100)
        assert gc.collect() < 100
    finally:
        gc.enable()
        writer.close()
        await server.shutdown(sockets=[listener])
        listener.close()


@pytest.mark.parametrize("size", [10, 70_000, 3_000_000])
def test_answers_of_every_size_arrive_whole(serve: Start, size: int) -> None:
    replica = serve(ECHO)
    assert replica.ask("a" * size) == "a" * size


@pytest.mark.parametrize(
    ("asked", "closes"),
    [
        (b"HTTP/1.1", False),
        (b"HTTP/1.1\r\nconnection: close", True),
        (b"HTTP/1.0", True),
    ],
)
def test_a_connection_is_kept_or_closed_as_its_client_asks(
    serve: Start, asked: bytes, closes: bool
) -> None:
    replica = serve(ECHO)
    body = b'{"input": 7}'
    request = b"POST /predict %b\r\nhost: a\r\ncontent-length: %d\r\n\r\n%b"
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(10)
        client.connect(str(replica.socket))
        client.sendall(request % (asked, len(body), body))
        received = b""
        while b'{"output": 7}' not in received:
            received += client.recv(65536)
        assert (b"connection: close" in received) == closes
        if closes:
            assert client.recv(1) == b""
        else:
            client.sendall(request % (asked, len(body), body))
            assert b"200 OK" in client.recv(65536)


def test_a_body_that_comes_in_pieces_is_read_whole(serve: Start) -> None:
    replica = serve(ECHO)
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(10)
        client.connect(str(replica.socket))
        client.sendall(b"POST /predict HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n")
        for piece in (b'{"in', b'put": ', b"7}"):
            client.sendall(b"%x\r\n%b\r\n" % (len(piece), piece))
        client.sendall(b"0\r\n\r\n")
        assert client.recv(65536).endswith(b'{"output": 7}')


def test_who_is_refused_while_sending_still_gets_the_answer(serve: Start) -> None:
    """Every time: where the connection is closed at once, some lose it."""
    replica = serve(ECHO, max_body=1 << 16)
    head = b"POST /predict HTTP/1.1\r\nhost: a\r\ncontent-length: %d\r\n\r\n" % (32 << 20)
    for _ in range(20):
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(20)
            client.connect(str(replica.socket))
            client.sendall(head)
            for _ in range(32):
                client.sendall(bytes(1 << 20))
            assert client.recv(65536).startswith(b"HTTP/1.1 413 ")


def test_who_goes_on_sending_is_hung_up_on(serve: Start) -> None:
    replica = serve(ECHO, max_body=1 << 16)
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(20)
        client.connect(str(replica.socket))
        client.sendall(b"POST /predict HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n")
        with pytest.raises((BrokenPipeError, ConnectionResetError)):
            send_for_ever(client, b"10000\r\n" + bytes(0x10000) + b"\r\n")


def test_who_breaks_off_in_the_middle_is_hung_up_on_at_once(serve: Start) -> None:
    """What has no end that could be told is not waited for."""
    replica = serve(ECHO)
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(LINGER / 2)
        client.connect(str(replica.socket))
        client.sendall(b"POST /predict HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n")
        client.sendall(b"5\r\n12345\r\nno size\r\n")
        received = b""
        while data := client.recv(65536):
            received += data
    assert received.startswith(b"HTTP/1.1 400 ")


def send_for_ever(client: socket.socket, chunk: bytes) -> None:
    while True:
        client.sendall(chunk)
