"""How much one turn of the event loop takes in, and when its answers leave.

A gateway reads all that has come before it sends any of it on, so requests come in bursts. A runner
that takes a burst in whole, and answers it whole, waits while the gateway works and works while the
gateway waits. Taken in a few at a time, the first are on their way back while the rest is computed:
a third more requests a second (``scripts/bench whole_path``). But each turn and each frame has its
price, a third of the requests a second of a runner that has no time to spare (``scripts/bench
runner``), and a slow model wants its batches large. The `Pace` tells which of the two it is.
"""

from __future__ import annotations

import asyncio
import os
import weakref
from collections import deque
from collections.abc import Sequence
from typing import Protocol

QUICK = 0.005
"""Below so many seconds to a frame, what happens around it is worth hiding."""

FEW = 5
"""Requests that a turn takes in while there is time to spare; of many that wait one in `SHARE`."""

SHARE = 4

SHORT = 16384  # bytes; what is longer is a piece of a large body and is read as it comes
LOOK_SECONDS = 0.05
HAS_NONE_TO_SPARE = 0.9  # the loop's share of its thread's time; up to here a few at a time
HAS_TIME_TO_SPARE = 0.7  # and from here down again


class Computing(Protocol):
    """A worker, as far as its pace goes."""

    seconds_per_frame: float


class Pace:
    """Whether a few requests are taken in at a time, or all that there are."""

    def __init__(self) -> None:
        self.few = True
        self.workers: Sequence[Computing] = ()
        self._looked = 0.0
        self._computed = 0.0

    def look(self, now: float, computed: float) -> None:
        """Decide anew, now and then. Call it for each frame.

        ``now`` is of any clock, ``computed`` what the loop's thread has computed; both in seconds.
        """
        past = now - self._looked
        if past < LOOK_SECONDS:
            return
        share = (computed - self._computed) / past
        self._looked, self._computed = now, computed
        most = HAS_NONE_TO_SPARE if self.few else HAS_TIME_TO_SPARE
        self.few = share < most and all(one.seconds_per_frame < QUICK for one in self.workers)

    def give_way(self) -> None:
        """Let a worker that shares our processor compute what it was just sent."""
        if self.few:
            os.sched_yield()


class Reader(Protocol):
    """A connection. ``held`` is what has come and is not read."""

    held: bytes

    def read(self, data: bytes) -> None:
        """Take in what has come, unless the connection has ended."""


class Inbox:
    """What has come on all connections and is for the next turns."""

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._room = FEW
        self._turning = False
        self._waiting: deque[Reader] = deque()

    def take(self, reader: Reader, data: bytes, loop: asyncio.AbstractEventLoop) -> None:
        """Have ``reader`` read ``data``, now or soon, in the order in which it came."""
        if reader.held:
            data = reader.held + data
        elif self._pace.few and len(data) <= SHORT:
            if not self._turning:
                self._turning = True
                loop.call_soon(self._turn, loop)
            if not self._room or self._waiting:
                reader.held = data
                self._waiting.append(reader)
                return
            self._room -= 1
        reader.held = b""
        reader.read(data)

    def _turn(self, loop: asyncio.AbstractEventLoop) -> None:
        waiting = len(self._waiting)
        self._room = max(FEW, waiting // SHARE) if self._pace.few else waiting
        self._turning = bool(self._waiting)
        if not self._turning:
            return
        loop.call_soon(self._turn, loop)
        while self._waiting and self._room:
            reader = self._waiting.popleft()
            if data := reader.held:
                self._room -= 1
                reader.held = b""
                reader.read(data)


class Outbox:
    """Whole answers: a few leave at once, many together.

    Between two answers that leave apart, whoever gets them falls asleep, and waking it costs us.
    """

    def __init__(self, pace: Pace) -> None:
        self._pace = pace
        self._waiting: list[tuple[asyncio.Transport, bytes]] = []

    def add(
        self, transport: asyncio.Transport, data: bytes, loop: asyncio.AbstractEventLoop
    ) -> None:
        """Have ``data`` sent before ``loop`` looks for what has arrived."""
        if self._waiting:
            self._waiting.append((transport, data))
        elif not self._pace.few:
            loop.call_soon(self.send)
            self._waiting.append((transport, data))
        elif not transport.is_closing():
            transport.write(data)

    def send(self) -> None:
        """Send all that waits, but to those who have left."""
        waiting, self._waiting = self._waiting, []
        for transport, data in waiting:
            if not transport.is_closing():
                transport.write(data)


class LoopTurns:
    """Of one event loop."""

    def __init__(self, pace: Pace) -> None:
        self.pace = pace
        self.inbox = Inbox(pace)
        self.outbox = Outbox(pace)


_of: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, LoopTurns] = weakref.WeakKeyDictionary()


def of(loop: asyncio.AbstractEventLoop) -> LoopTurns:
    """The loop's own."""
    found = _of.get(loop)
    if found is None:
        found = _of[loop] = LoopTurns(Pace())
    return found
