"""uvicorn's HTTP protocol: read at the loop's pace, short answers in one write, and fewer timers.

Whoever is refused while still sending is listened to a little longer: where a connection is closed
with data unread, its other end may lose the answer (RFC 9112, 9.6).

uvicorn writes head and body apart, and uvloop sends each write at once: two system calls and two
packets, which cost a small answer a tenth of its time. And uvicorn sets a timer after each answer
that the next request cancels.
"""

from __future__ import annotations

import asyncio
import weakref
from collections.abc import Callable
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from argosy_runner import loop_turns, short_ways
from argosy_runner.loop_turns import Outbox

LINGER = 5.0  # seconds in which a refused request may end
LARGE = 65536  # what is larger is not copied to be joined with its head


class OneWriteProtocol(HttpToolsProtocol):
    """For `uvicorn.Config(http=…)`."""

    held = b""
    refused = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Every request of this connection goes through an `Inbox`, every answer an `OneWrite`."""
        self._event_loop = self.loop
        turns = loop_turns.of(self.loop)
        self._inbox = turns.inbox
        one_write = OneWrite(cast("asyncio.Transport", transport), self.loop, turns.outbox)
        one_write.lingers = weakref.WeakMethod(self.lingers)
        self.loop = cast("asyncio.AbstractEventLoop", OneTimer(self.loop))
        super().connection_made(cast("asyncio.Transport", one_write))

    def data_received(self, data: bytes) -> None:
        """To be read when its turn comes; of whom we have refused, to be forgotten."""
        if not self.refused:
            self._inbox.take(self, data, self._event_loop)

    def lingers(self) -> bool:
        """Whether to close a little later, since a request that is answered is still being sent."""
        cycle = cast("RequestResponseCycle | None", self.cycle)
        if self.refused or cycle is None or not (cycle.response_complete and cycle.more_body):
            return False
        self.refused = True
        return True

    def read(self, data: bytes) -> None:
        """Its turn has come."""
        if not self.refused and not self.transport.is_closing():
            super().data_received(data)

    def shutdown(self) -> None:
        """What has come before is answered."""
        data, self.held = self.held, b""
        if data:
            self.read(data)
        super().shutdown()

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        short_ways.offer(cycle)
        super()._start_asgi_task(cycle, app)

    def connection_lost(self, exc: Exception | None) -> None:
        """What is left of it goes at once, without waiting for the garbage collector."""
        super().connection_lost(exc)
        cast("OneTimer", self.loop).stop()
        self.parser = cast("Any", None)
        self.cycle = cast("Any", None)


class OneTimer:
    """What a connection sees of its event loop: its one timer is looked at when it rings.

    Setting and cancelling it costs a note of the time, not a timer of the loop.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.create_task = loop.create_task
        self._loop = loop
        self._time = loop.time
        self._due: float | None = None
        self._ring: Callable[[], None] | None = None
        self._timer: asyncio.TimerHandle | None = None

    def call_later(self, delay: float, ring: Callable[[], None]) -> OneTimer:
        """Set it anew; what it returns can be cancelled."""
        self._due = self._time() + delay
        self._ring = ring
        if self._timer is None:
            self._timer = self._loop.call_later(delay, self._look)
        return self

    def cancel(self) -> None:
        """It is not to ring."""
        self._due = None

    def stop(self) -> None:
        """It will never ring again."""
        self._due = self._ring = None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look(self) -> None:
        self._timer = None
        if self._due is None:
            return
        rest = self._due - self._time()
        if rest > 0:
            self._timer = self._loop.call_later(rest, self._look)
        else:
            ring, self._due = self._ring, None
            if ring is not None:
                ring()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._loop, name)


class OneWrite:
    """A transport that holds a first write until the second, or the end of the loop's turn."""

    def __init__(
        self, transport: asyncio.Transport, loop: asyncio.AbstractEventLoop, outbox: Outbox
    ) -> None:
        self._transport = transport
        self._loop = loop
        self._outbox = outbox
        self._held: bytes | None = None
        self._flush_later: asyncio.Handle
        self.lingers: Callable[[], Callable[[], bool] | None] = lambda: None

    def write(self, data: bytes) -> None:
        """Send ``data``, with what is held before it."""
        held = self._held
        if held is None:
            self._outbox.send()
            self._held = data
            self._flush_later = self._loop.call_soon(self._flush)
        else:
            self._held = None
            self._flush_later.cancel()
            self._transport.writelines((held, data))

    def write_whole(self, head: bytes, body: bytes) -> None:
        """Send both in this turn of the loop, after what is held."""
        if self._held is not None:
            self._flush()
        if len(body) < LARGE:
            self._outbox.add(self._transport, head + body, self._loop)
        else:
            self._outbox.send()
            self._transport.writelines((head, body))

    def close(self) -> None:
        """After what is held, and `LINGER` seconds later where ``lingers`` says so."""
        self._outbox.send()
        self._flush()
        lingers = self.lingers()
        if lingers is not None and lingers():
            self._loop.call_later(LINGER, self._transport.close)
        else:
            self._transport.close()

    def _flush(self) -> None:
        held, self._held = self._held, None
        if held is not None:
            self._transport.write(held)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)
