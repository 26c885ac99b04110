"""HTTP on the wire, right and wrong: what clients that mean well cannot be made to say."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass

HTTP2_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, RST_STREAM, SETTINGS, PING, CONTINUATION = 0, 1, 3, 4, 6, 9
END_STREAM, END_HEADERS = 1, 4


@dataclass
class Connection:
    """One connection to the gateway."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter

    async def send(self, data: bytes) -> None:
        """Raises `ConnectionError` once the gateway has hung up."""
        self.writer.write(data)
        await self.writer.drain()

    async def head(self) -> str:
        """The head of an answer."""
        return (await self.reader.readuntil(b"\r\n\r\n")).decode()

    async def rest(self) -> bytes:
        """All until the gateway hangs up, however it does."""
        parts = []
        with contextlib.suppress(ConnectionError):
            while part := await self.reader.read(1 << 16):
                parts.append(part)
        return b"".join(parts)

    async def frame(self) -> tuple[int, int, bytes]:
        """Type, stream and payload of the next HTTP/2 frame."""
        head = await self.reader.readexactly(9)
        payload = await self.reader.readexactly(int.from_bytes(head[:3]))
        return head[3], int.from_bytes(head[5:]), payload


@contextlib.asynccontextmanager
async def connected(listen: str) -> AsyncIterator[Connection]:
    """A connection that is ended with the block."""
    host, _, port = listen.rpartition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    try:
        yield Connection(reader, writer)
    finally:
        writer.transport.abort()


async def told(listen: str, request: bytes) -> str:
    """What the gateway says to these bytes until it hangs up; it is asked to."""
    async with connected(listen) as connection:
        with contextlib.suppress(ConnectionError):
            await connection.send(request)
        async with asyncio.timeout(60):
            return (await connection.rest()).decode(errors="replace")


def get(path: str, *headers: str, host: str = "x") -> bytes:
    """A request of HTTP/1.1 after which the connection ends."""
    lines = [f"GET {path} HTTP/1.1", f"host: {host}", "connection: close", *headers, "", ""]
    return "\r\n".join(lines).encode()


def post(path: str, *headers: str, body: bytes = b"") -> bytes:
    """The same with a body, whose length is not said."""
    lines = [f"POST {path} HTTP/1.1", "host: x", "connection: close", *headers, "", ""]
    return "\r\n".join(lines).encode() + body


def http2(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    """A frame of HTTP/2 (RFC 9113, section 4.1)."""
    return len(payload).to_bytes(3) + bytes([kind, flags]) + stream.to_bytes(4) + payload


def http2_get(stream: int, path: str) -> bytes:
    """A whole request on one stream."""
    return http2_headers(stream, path, flags=END_STREAM)


def http2_headers(
    stream: int, path: str, *more: tuple[str, str], method: str = "GET", flags: int = 0
) -> bytes:
    """The headers of a request, as literals that are not indexed (RFC 7541)."""
    fields = [(":method", method), (":scheme", "http"), (":authority", "x"), (":path", path), *more]
    block = b"".join(
        b"\0" + bytes([len(name)]) + name.encode() + bytes([len(value)]) + value.encode()
        for name, value in fields
    )
    return http2(HEADERS, flags | END_HEADERS, stream, block)
