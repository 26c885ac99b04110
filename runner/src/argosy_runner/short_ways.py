"""Past ASGI, for a request whose body is there already and an answer that is whole.

uvicorn's ``receive`` and ``send`` take an event, two dicts, and a check of every header for an
answer that we make ourselves from end to end: a sixteenth of a small request's time. Whatever is
not the usual case goes ASGI's way. ``cycle`` is uvicorn's state of one request.
"""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any, Protocol, cast

from uvicorn.protocols.http.httptools_impl import STATUS_LINE

if TYPE_CHECKING:
    from uvicorn.protocols.http.httptools_impl import RequestResponseCycle

KEY = "argosy.cycle"


def offer(cycle: RequestResponseCycle) -> None:
    """Let who gets the scope find the cycle.

    They would hold each other until the garbage collector comes, and it would stop the runner for
    15 ms every 5,000 requests: hence the weak reference.
    """
    cast("dict[str, Any]", cycle.scope)[KEY] = weakref.ref(cycle)


def cycle_of(scope: dict[str, Any]) -> RequestResponseCycle | None:
    """The scope's cycle, if it has been offered."""
    offered = scope.get(KEY)
    return offered() if offered else None


class Transport(Protocol):
    """What a cycle writes to."""

    def write_whole(self, head: bytes, body: bytes) -> None:
        """Send both at once."""


def body(cycle: RequestResponseCycle) -> bytes:
    """The request's body when all of it is there; else empty, and ``receive`` gives it."""
    if cycle.more_body or cycle.disconnected or cycle.waiting_for_100_continue:
        return b""
    found = bytes(cycle.body)
    if found:
        cycle.body = bytearray()
        cycle.message_event.clear()
        cycle.flow.resume_reading()
    return found


def answer(cycle: RequestResponseCycle, status: int, content_type: bytes, data: bytes) -> bool:
    """Whether the answer could be sent at once, and was."""
    if (
        cycle.disconnected
        or cycle.response_started
        or cycle.flow.write_paused
        or not cycle.keep_alive
        or cycle.scope["method"] == "HEAD"
        or cycle.default_headers
    ):
        return False
    head = b"%bcontent-type: %b\r\ncontent-length: %d\r\n\r\n" % (
        STATUS_LINE[status],
        content_type,
        len(data),
    )
    cycle.response_started = cycle.response_complete = True
    cycle.waiting_for_100_continue = False
    cast("Transport", cycle.transport).write_whole(head, data)
    cycle.message_event.set()
    cycle.on_response()
    return True
