"""One request and its answer over ASGI, as every protocol sees them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from argosy_runner import short_ways
from argosy_runner.calls import USUAL, ClientGone, Receive
from argosy_runner.problems import Problem

Scope = dict[str, Any]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Headers = tuple[tuple[bytes, bytes], ...]

CALLER = b"x-argosy-caller"
ALIAS = b"x-argosy-alias"  # another name by which the gateway was asked for this model
READ = frozenset((b"content-type", b"x-request-timeout", b"priority", CALLER))
JSON = b"application/json"
EVENTS = b"text/event-stream"


class Exchange:
    """``began`` is when it came, by perf_counter; ``status`` what was answered, 0 before that.

    It is the `Asker` of what it asks the model: ``caller`` is the gateway's word for who it is, or
    else the address at the other end.
    """

    __slots__ = (
        "_cycle", "_max_body", "_send", "_timeout", "began", "caller", "content_type", "receive",
        "scope", "status", "urgency",
    )  # fmt: skip

    def __init__(
        self, scope: Scope, receive: Receive, send: Send, max_body: int = 0, began: float = 0.0
    ) -> None:
        self.began = began
        self.scope = scope
        self.receive = receive
        self.status = 0
        self._send = send
        self._cycle = short_ways.cycle_of(scope)
        self._max_body = max_body
        self.content_type = b""
        self._timeout = b""
        self.caller: object = None
        self.urgency = USUAL
        for name, value in scope["headers"]:
            if name in READ:
                if name == b"content-type":
                    self.content_type = value
                elif name == CALLER:
                    self.caller = value
                elif name == b"priority":
                    self.urgency = urgency(value)
                else:
                    self._timeout = value
        if self.caller is None and scope["client"]:
            self.caller = scope["client"][0]

    @property
    def limit(self) -> float | None:
        """Its ``x-request-timeout``, looked at when needed. Raises `Problem` 400."""
        return seconds(self._timeout) if self._timeout else None

    def header(self, wanted: bytes) -> bytes:
        """The value of a header, by its name in lower case; empty without it."""
        for name, value in self.scope["headers"]:
            if name == wanted:
                found: bytes = value
                return found
        return b""

    async def body(self) -> bytes:
        """All of it. Raises `Problem` 413, and `ClientGone`."""
        return self.whole() or await self.rest()

    def whole(self) -> bytes:
        """The body, if all of it is there; else empty.

        With `rest` it is `body` for those who count every await. Raises `Problem` 413.
        """
        if self._cycle is None:
            return b""
        body = short_ways.body(self._cycle)
        if len(body) > self._max_body:
            raise self._too_large()
        return body

    async def answer(
        self, status: int, content_type: bytes, body: bytes, headers: Headers = ()
    ) -> None:
        """The whole answer."""
        self.status = status
        cycle = self._cycle
        if cycle and not headers and short_ways.answer(cycle, status, content_type, body):
            return
        await self._send(
            {
                "type": "http.response.start",
                "status": status,
                "headers": [
                    (b"content-type", content_type),
                    (b"content-length", b"%d" % len(body)),
                    *headers,
                ],
            }
        )
        await self._send({"type": "http.response.body", "body": body})

    async def begin(self, content_type: bytes = EVENTS, headers: Headers = ()) -> None:
        """A 200 whose body comes in pieces."""
        self.status = 200
        await self._send(
            {
                "type": "http.response.start",
                "status": 200,
                "headers": [
                    (b"content-type", content_type),
                    (b"cache-control", b"no-cache"),
                    *headers,
                ],
            }
        )

    async def more(self, data: bytes) -> None:
        """A piece of the body; waits while the client is slow to read."""
        await self._send({"type": "http.response.body", "body": data, "more_body": True})

    async def finish(self, data: bytes = b"") -> None:
        """The last piece."""
        await self._send({"type": "http.response.body", "body": data})

    async def unless_gone(self, work: Awaitable[None]) -> None:
        """Do the work, and stop it when the client leaves. Raises `ClientGone` then."""
        task = asyncio.ensure_future(work)
        gone = asyncio.ensure_future(self._gone())
        try:
            await asyncio.wait({task, gone}, return_when=asyncio.FIRST_COMPLETED)
            if not task.done():
                raise ClientGone
            await task
        finally:
            gone.cancel()
            task.cancel()
            await asyncio.gather(task, gone, return_exceptions=True)

    async def _gone(self) -> None:
        while (await self.receive())["type"] != "http.disconnect":
            pass

    async def rest(self) -> bytes:
        """The body, as it comes. Raises `Problem` 413, and `ClientGone`."""
        length = self.header(b"content-length")
        if length and int(length) > self._max_body:
            raise self._too_large()
        message = await self.receive()
        parts, size = [], 0
        while message["type"] == "http.request":
            parts.append(message["body"])
            size += len(parts[-1])
            if size > self._max_body:
                raise self._too_large()
            if not message["more_body"]:
                return b"".join(parts)
            message = await self.receive()
        raise ClientGone

    def _too_large(self) -> Problem:
        text = f"a body may have {self._max_body} bytes at most"
        return Problem(413, text, headers=((b"connection", b"close"),))


def seconds(value: bytes) -> float:
    """``1.5``, ``1.5s`` or ``1500ms``. Raises `Problem` 400."""
    text = value.decode("latin-1").strip()
    number, scale = text.removesuffix("s"), 1.0
    if text.endswith("ms"):
        number, scale = text.removesuffix("ms"), 1e-3
    try:
        found = float(number) * scale
    except ValueError:
        found = -1.0
    if not 0 < found < float("inf"):
        raise Problem(400, f"x-request-timeout is a time such as 2s or 500ms, not {text!r}")
    return found


def urgency(value: bytes) -> int:
    """The ``u`` of a ``priority`` header; what does not fit counts as absent (RFC 9218, 4)."""
    for part in value.split(b","):
        name, _, told = part.partition(b";")[0].strip().partition(b"=")
        if name == b"u" and len(told) == 1 and b"0" <= told <= b"7":
            return int(told)
    return USUAL
