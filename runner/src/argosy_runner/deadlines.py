"""Who waits too long, who has left, and which worker hangs: looked at while anything is under way.

Waiting counts from a request's arrival, computing from its frame's begin; a stream has its time
anew for every piece. Nobody is dropped for what somebody else did: while a worker hangs the others
keep their time, and once it is replaced they have it anew.
"""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING

from argosy_runner.calls import Call, ClientGone, Stream
from argosy_runner.problems import too_late
from argosy_runner.worker_client import End, Frame, WorkerClient

if TYPE_CHECKING:
    from argosy_runner.waiting import Waiting

WATCHED_AFTER = 0.1
CANCEL_GRACE = 1.0
"""A worker that is told to cancel and says nothing for so many seconds hangs."""


class Deadlines:
    """Over what waits and what the workers have. ``progress`` is when an answer came last."""

    def __init__(self, waiting: Waiting, workers: list[WorkerClient], timeout: float) -> None:
        self.progress = 0.0
        self._waiting = waiting
        self._workers = workers
        self._timeout = timeout
        self._seconds = min(WATCHED_AFTER, timeout / 10)
        self._ticking = False
        self._loop = asyncio.get_running_loop()
        self._watchers: set[asyncio.Task[None]] = set()

    def watch(self) -> None:
        """Look every now and then until nothing is under way any more."""
        if not self._ticking:
            self._ticking = True
            self._loop.call_later(self._seconds, self._tick)

    def drop_overdue(self) -> None:
        """What would be computed next, and too late, is not."""
        for call in self._waiting.overdue(time.monotonic()):
            self._expire(call)

    def _tick(self) -> None:
        self._ticking = False
        now = time.monotonic()
        busy = bool(self._waiting)
        for worker in self._workers:
            if worker.frames:
                busy = True
                self._look_at(worker, now)
        # While a worker hangs nobody is dropped: it will be replaced, and the time begins anew.
        under_way = any(worker.frames for worker in self._workers)
        hanging = under_way and now - self.progress > self._timeout / 2
        for call in self._waiting.since(now - WATCHED_AFTER):
            if now > call.deadline and not (hanging and call.limit is None):
                self._expire(call)
            self._watch_client(call)
        if busy:
            self.watch()

    def _look_at(self, worker: WorkerClient, now: float) -> None:
        """What it computes for too long, or for nobody."""
        frames = list(worker.frames.values())
        for call in {row.call for frame in frames for row in frame.rows}:
            if call.limit is not None and now > call.deadline:
                self._expire(call)
            self._watch_client(call)
        if worker.concurrent:
            self._look_at_all(worker, frames, now)
        elif frames[0].began and now - frames[0].began > self._timeout:
            worker.end(End("deadline", too_late(self._timeout).detail))

    def _look_at_all(self, worker: WorkerClient, frames: list[Frame], now: float) -> None:
        """Of a worker that computes them at once, cancel those that are late or unwanted.

        Whether one waits for long or blocks all others is told by how the worker reacts to a first
        cancel; those that it blocks are not to blame.
        """
        if any(frame.cancelled and now - frame.cancelled > CANCEL_GRACE for frame in frames):
            worker.end(End("deadline", "the model blocks its event loop"))
            return
        late = [frame for frame in frames if self._is_late(frame, now)]
        if late and now - worker.heard > 2 * self._seconds:
            late = [] if any(frame.cancelled for frame in frames) else late[:1]
        for frame in late:
            for row in frame.rows:
                row.call.refuse(too_late(self._timeout))
        for frame in frames:
            if not frame.cancelled and all(row.call.done.done() for row in frame.rows):
                worker.cancel(frame)

    def _is_late(self, frame: Frame, now: float) -> bool:
        """Whether nothing has come for too long, through no fault of who reads it."""
        call = frame.rows[0].call
        behind = isinstance(call, Stream) and call.is_behind
        return not frame.cancelled and not behind and now - frame.began > self._timeout

    def _expire(self, call: Call) -> None:
        """Its time is over. A stream that has begun goes on as long as something comes."""
        if isinstance(call, Stream) and call.begun:
            return
        if call.limit is not None:
            call.refuse(too_late(call.limit, "the caller's own limit"))
        else:
            call.refuse(too_late(self._timeout))

    def _watch_client(self, call: Call) -> None:
        """A request that waits long is dropped when its client leaves."""
        if call.watched or call.done.done() or call.method.streams:
            return  # who reads a stream sees for itself that its client has left
        call.watched = True
        task = self._loop.create_task(self._until_gone(call))
        self._watchers.add(task)
        task.add_done_callback(self._watchers.discard)
        call.done.add_done_callback(lambda _: task.cancel())

    async def _until_gone(self, call: Call) -> None:
        while (await call.asker.receive())["type"] != "http.disconnect":
            pass
        call.refuse(ClientGone())
