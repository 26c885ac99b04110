"""What is sent over HTTP/2 to harm or to get past: each refused, others served meanwhile."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import httpx
import pytest

from tests.gateway.conftest import Pair, Serve, digits
from tests.gateway.raw import (
    CONTINUATION,
    DATA,
    END_STREAM,
    HEADERS,
    HTTP2_PREFACE,
    PING,
    RST_STREAM,
    SETTINGS,
    Connection,
    connected,
    http2,
    http2_get,
    http2_headers,
)

HIDDEN_LINE = ("x", "a\r\ntransfer-encoding: chunked")
SMUGGLED_BY_HTTP2 = {
    "another length": http2_headers(1, "/api/digits", ("content-length", "3"), method="POST")
    + http2(DATA, END_STREAM, 1, b"more than said"),
    "a transfer encoding": http2_headers(1, "/api/digits", ("transfer-encoding", "chunked")),
    "a line in a value": http2_headers(1, "/api/digits", HIDDEN_LINE, flags=END_STREAM),
    "a line in a name": http2_headers(1, "/api/digits", ("x\r\ny", "1"), flags=END_STREAM),
    "a line in the path": http2_headers(1, "/api/digits HTTP/1.1\r\nx: y", flags=END_STREAM),
    "a space in the method": http2_headers(1, "/api/digits", method="GET /", flags=END_STREAM),
    "a name in capitals": http2_headers(1, "/api/digits", ("X-Y", "1"), flags=END_STREAM),
    "a connection header": http2_headers(1, "/api/digits", ("connection", "x"), flags=END_STREAM),
}


async def test_http2_is_spoken_as_these_tests_write_it(
    serve: Serve, listen: str, replicas: Pair
) -> None:
    await serve(digits(*replicas))

    async with _http2(listen) as connection:
        await connection.send(http2_get(1, "/health"))
        while (frame := await connection.frame())[0] != HEADERS:
            pass

    assert frame[1] == 1


async def test_what_http2_could_smuggle_into_http1_is_refused(
    serve: Serve, listen: str, replicas: Pair
) -> None:
    """Replicas are asked over HTTP/1, where a line more is a header more."""
    await serve(digits(*replicas))

    ends = await asyncio.gather(*(_end(listen, sent) for sent in SMUGGLED_BY_HTTP2.values()))

    assert b"replica" in await _end(listen, http2_get(1, "/api/digits"))
    passed = [what for what, end in zip(SMUGGLED_BY_HTTP2, ends, strict=True) if b"replica" in end]
    assert passed == []


async def test_streams_that_are_reset_at_once_end_the_connection(
    serve: Serve, client: httpx.AsyncClient, listen: str, replicas: Pair
) -> None:
    """CVE-2023-44487; the replicas see few of them."""
    await serve(digits(*replicas))

    streams = range(1, 20_001, 2)
    flood = b"".join(
        http2_get(stream, "/api/digits?delay=1") + http2(RST_STREAM, 0, stream, (8).to_bytes(4))
        for stream in streams
    )
    async with _http2(listen) as connection:
        assert await _hung_up(connection, flood, 1)

    assert (await client.post("/api/digits")).status_code == 200


@pytest.mark.parametrize(
    ("begin", "flood", "times"),
    [
        (b"", http2(PING, 0, 0, bytes(8)) * 1000, 100),
        (b"", http2(SETTINGS, 0, 0) * 1000, 100),
        (http2(HEADERS, END_STREAM, 1), http2(CONTINUATION, 0, 1, b"\0\1a\1b" * 2000), 3000),
    ],
    ids=["pings", "settings", "continuations"],
)
async def test_floods_of_http2_frames_end_the_connection(
    serve: Serve,
    client: httpx.AsyncClient,
    listen: str,
    replicas: Pair,
    begin: bytes,
    flood: bytes,
    times: int,
) -> None:
    await serve(digits(*replicas))

    async with _http2(listen) as connection:
        await connection.send(begin)
        assert await _hung_up(connection, flood, times)
    assert (await client.post("/api/digits")).status_code == 200


@contextlib.asynccontextmanager
async def _http2(listen: str) -> AsyncIterator[Connection]:
    async with connected(listen) as connection:
        await connection.send(HTTP2_PREFACE + http2(SETTINGS, 0, 0))
        yield connection


async def _end(listen: str, request: bytes) -> bytes:
    """All that comes until the stream or the connection ends, however they do."""
    seen = b""
    async with _http2(listen) as connection, asyncio.timeout(30):
        await connection.send(request)
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                kind, stream, payload = await connection.frame()
                seen += payload
                if kind == RST_STREAM or (kind == DATA and stream == 1):
                    break
    return seen


async def _hung_up(connection: Connection, flood: bytes, times: int) -> bool:
    """Whether the gateway ends the connection for so many of these."""
    try:
        for _ in range(times):
            await connection.send(flood)
        async with asyncio.timeout(10):
            await connection.rest()
    except ConnectionError:
        pass
    except TimeoutError:
        return False
    return True
