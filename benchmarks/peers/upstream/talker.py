"""Streams of a chat, each with its first piece at once and the others after pauses.

Usage: python talker.py PORT…; the standard library alone, so that it runs in any environment.
"""

import asyncio
import json
import sys

PIECES = 6
PAUSE = 0.04
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"
HEALTHY = b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n"


def _chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


def _event(number: int) -> bytes:
    last = number == PIECES - 1
    choice = {
        "index": 0,
        "delta": {"role": "assistant", "content": "ship "},
        "finish_reason": "stop" if last else None,
    }
    piece = {
        "id": "chatcmpl-1",
        "object": "chat.completion.chunk",
        "created": 1767225600,
        "model": "talker",
        "choices": [choice],
    }
    return _chunk(b"data: " + json.dumps(piece).encode() + b"\n\n")


EVENTS = [_event(number) for number in range(PIECES)]
END = _chunk(b"data: [DONE]\n\n") + b"0\r\n\r\n"


class Connection(asyncio.Protocol):
    """One request after the other, as HTTP/1.1 keeps connections open."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._received = b""
        self._timer: asyncio.TimerHandle | None = None

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, found, body = self._received.partition(b"\r\n\r\n")
        if not found:
            return
        if head.startswith(b"GET"):
            self._received = body
            self._transport.write(HEALTHY)
        elif len(body) >= _length(head):
            self._received = b""
            self._transport.write(HEAD)
            self._say(0)

    def connection_lost(self, error: Exception | None) -> None:
        if self._timer:
            self._timer.cancel()

    def _say(self, number: int) -> None:
        if number == PIECES:
            self._transport.write(END)
            return
        self._transport.write(EVENTS[number])
        self._timer = asyncio.get_running_loop().call_later(PAUSE, self._say, number + 1)


def _length(head: bytes) -> int:
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            return int(line.partition(b":")[2])
    raise SystemExit("a request without content-length")


async def _serve(ports: list[int]) -> None:
    loop = asyncio.get_running_loop()
    servers = [await loop.create_server(Connection, "127.0.0.1", port) for port in ports]
    await asyncio.gather(*(server.serve_forever() for server in servers))


if __name__ == "__main__":
    asyncio.run(_serve([int(port) for port in sys.argv[1:]]))
