"""Greedy batching: what waits when a worker is free goes at once, up to a full frame.

Two frames are in flight where that keeps a worker fed. Rows whose worker died are tried once more,
each alone, so that one poisonous request fails alone; so are rows of a frame that failed whole.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from argosy_runner.problems import Problem
from argosy_runner.signatures import Payload, Signature, failed
from argosy_runner.worker_client import End, Frame, WorkerClient, out_of_memory_text

if TYPE_CHECKING:
    from argosy_runner.metrics import Metrics
    from argosy_runner.settings import Settings

QUICK = 0.005
"""Below so many seconds to a frame, the way to the runner and back is worth hiding."""

LONGEST_FRAME = 256 * 1024 * 1024
WATCHED_AFTER = 0.1


Receive = Callable[[], Awaitable[dict[str, Any]]]


class ClientGone(Exception):
    """Nobody waits for the answer."""


class Call:
    """One request: as many answers as it has rows, given all at once."""

    __slots__ = ("answers", "arrived", "done", "missing", "receive", "watched")

    def __init__(self, rows: int, done: asyncio.Future[Exception | None], receive: Receive) -> None:
        self.answers: list[bytes] = [b""] * rows
        self.missing = rows
        self.done = done
        self.receive = receive
        self.arrived = time.monotonic()
        self.watched = False


class Row:
    """One row of a call. ``alone``: it goes in a frame of its own; ``deaths``: workers it lost."""

    __slots__ = ("alone", "call", "deaths", "index", "payload")

    def __init__(self, payload: Payload, call: Call, index: int) -> None:
        self.payload = payload
        self.call = call
        self.index = index
        self.alone = False
        self.deaths = 0


class Batcher:
    """The queue of a replica and the workers that empty it."""

    def __init__(self, settings: Settings, metrics: Metrics) -> None:
        self.queue: deque[Row] = deque()
        self.workers: list[WorkerClient] = []
        self.most_rows = 1
        self.signature: Signature
        self._max_delay = settings.batch.max_delay if settings.batch else 0.0
        self._timeout = settings.timeout
        self._memory = settings.memory
        self._metrics = metrics
        self._loop = asyncio.get_running_loop()
        self._feeding = False
        self._last_rows = 1
        self._delay: asyncio.TimerHandle | None = None
        self._ticking = False
        self._tick_seconds = min(WATCHED_AFTER, self._timeout / 10)
        self._watchers: set[asyncio.Task[None]] = set()

    def submit(
        self, payloads: list[Payload], receive: Receive
    ) -> tuple[Call, asyncio.Future[Exception | None]]:
        """Queue a request; its future gives what went wrong, or None once ``answers`` are there.

        Of a request that waits long, ASGI's ``receive`` tells whether its client has left.
        """
        done: asyncio.Future[Exception | None] = self._loop.create_future()
        call = Call(len(payloads), done, receive)
        for index, payload in enumerate(payloads):
            self.queue.append(Row(payload, call, index))
        if self._metrics.in_flight == 1 and self._last_rows == 1:
            self._feed()  # nobody else is about to come
        else:
            self.feed_soon()
        return call, done

    def feed_soon(self) -> None:
        """Feed the workers once everything that has arrived by now is queued.

        That takes one more look at the sockets, hence two turns of the loop: what comes through a
        gateway comes one after the other, and a frame for each would cost more than it hides.
        """
        if not self._feeding:
            self._feeding = True
            self._loop.call_soon(self._loop.call_soon, self._feed)

    def answered(self, frame: Frame, header: dict[str, Any], body: bytes) -> bool:
        """Pass an answer on; True when the worker should be replaced for want of memory."""
        rows = frame.rows
        failure = header.get("failure")
        if failure is not None:
            if len(rows) > 1:
                self._retry_alone(rows)
            else:
                self._fail(rows[0], self._problem(failure))
            exhausted: bool = failure["kind"] == "memory"
        else:
            answers = self.signature.answers(header, body)
            for row, answer in zip(rows, answers, strict=True):
                if isinstance(answer, bytes):
                    self._give(row, answer)
                else:
                    self._fail(row, answer)
            exhausted = "errors" in header and any(
                each["kind"] == "memory" for each in header["errors"].values()
            )
        if self.queue:
            self._feed()
        return exhausted

    def lost(self, end: End, frames: list[Frame]) -> None:
        """Take back what a worker had: the first frame was being computed, the others were not."""
        computing = 0 if end.planned else 1
        for frame in reversed(frames[computing:]):
            self.queue.extendleft(reversed(frame.rows))
        for frame in frames[:computing]:
            self._lost_computing(end, frame.rows)
        self.feed_soon()

    def fail_all(self, problem: Problem) -> None:
        """Nothing that waits can be computed."""
        while self.queue:
            self._fail(self.queue.popleft(), problem)

    def _lost_computing(self, end: End, rows: list[Row]) -> None:
        if end.reason == "deadline":
            if len({id(row.call) for row in rows}) == 1:
                limit = f"no answer within {self._timeout:g} s (timeout)"
                self._fail(rows[0], Problem(504, limit))
            else:
                self._retry_alone(rows)
            return
        again = []
        for row in rows:
            row.deaths += 1
            if row.deaths > 1:
                self._fail(row, Problem(500, f"the worker died of this request: {end.text}"))
            else:
                again.append(row)
        self._retry_alone(again)

    def _retry_alone(self, rows: list[Row]) -> None:
        for row in reversed(rows):
            row.alone = True
            self.queue.appendleft(row)

    def _give(self, row: Row, answer: bytes) -> None:
        call = row.call
        call.answers[row.index] = answer
        call.missing -= 1
        if call.missing == 0 and not call.done.done():
            call.done.set_result(None)

    def _fail(self, row: Row, problem: Problem) -> None:
        call = row.call
        if not call.done.done():
            if len(call.answers) > 1:
                problem = Problem(
                    problem.status,
                    f"$.inputs[{row.index}]: {problem.detail}",
                    headers=problem.headers,
                    **problem.members,
                )
            call.done.set_result(problem)

    def _problem(self, failure: dict[str, str]) -> Problem:
        if failure["kind"] == "memory":
            return Problem(500, out_of_memory_text(self._memory), error=failure["type"])
        return failed(failure)

    def _feed(self) -> None:
        self._feeding = False
        if self._delay is not None:
            self._delay.cancel()
            self._delay = None
        queue = self.queue
        while queue:
            worker = self._free_worker()
            if worker is None or self._delayed():
                break
            rows = self._take()
            if not rows:
                break
            now = time.monotonic()
            observe = self._metrics.queue_seconds.observe
            for row in rows:
                observe(now - row.call.arrived)
            self._metrics.batch_rows.observe(len(rows))
            self._last_rows = len(rows)
            header, parts = self.signature.frame([row.payload for row in rows])
            worker.send(rows, header, parts)
        if not self._ticking:
            self._ticking = True
            self._loop.call_later(self._tick_seconds, self._tick)

    def _free_worker(self) -> WorkerClient | None:
        """The worker to feed: an idle one, else one that would have to wait for us.

        A second frame cannot gain from waiting when it is full; but of several workers another may
        be free before this one. A quick worker gets a second frame that is no smaller than the
        first: ever smaller ones would cost both sides more than they hide.
        """
        best = None
        waiting = len(self.queue)
        full = len(self.workers) == 1 and waiting >= self.most_rows
        for worker in self.workers:
            if not worker.ready:  # it ends: its owner will hear of it
                continue
            if not worker.frames:
                return worker
            if len(worker.frames) == 1:
                quick = worker.seconds_per_frame < QUICK
                if full or (quick and waiting >= len(worker.frames[0].rows)):
                    best = worker
        return best

    def _delayed(self) -> bool:
        """Whether rows still wait for company, as ``max_delay`` asks."""
        if not self._max_delay or len(self.queue) >= self.most_rows or self.queue[0].alone:
            return False
        rest = self.queue[0].call.arrived + self._max_delay - time.monotonic()
        if rest <= 0:
            return False
        if self._delay is None:
            self._delay = self._loop.call_later(rest, self._feed)
        return True

    def _take(self) -> list[Row]:
        """The rows of the next frame: the first that waits, and what fits together with it."""
        if len(self.queue) == 1:
            row = self.queue.popleft()
            return [] if row.call.done.done() else [row]
        queue, rows, skipped = self.queue, [], []  # type: deque[Row], list[Row], list[Row]
        size, group = 0, None
        most = self._share()
        while queue and len(rows) < most:
            row = queue[0]
            if row.call.done.done():  # its client has gone, or another of its rows failed
                queue.popleft()
                continue
            payload = row.payload
            if rows:
                if row.alone or size + payload.size > LONGEST_FRAME:
                    break
                if payload.group != group:
                    if len(skipped) >= self.most_rows:
                        break
                    skipped.append(queue.popleft())
                    continue
            group = payload.group
            size += payload.size
            rows.append(queue.popleft())
            if row.alone:
                break
        queue.extendleft(reversed(skipped))
        return rows

    def _share(self) -> int:
        """Rows for one worker, so that idle ones share what waits."""
        idle = (
            sum(1 for worker in self.workers if worker.ready and not worker.frames)
            if len(self.workers) > 1
            else 1
        )
        return min(self.most_rows, -(-len(self.queue) // max(idle, 1)))

    def _tick(self) -> None:
        """Deadlines, and clients that may have left: looked at ten times a second while busy."""
        self._ticking = False
        now = time.monotonic()
        busy = bool(self.queue)
        for worker in self.workers:
            if worker.frames:
                busy = True
                if now - worker.frames[0].began > self._timeout:
                    limit = f"no answer within {self._timeout:g} s (timeout)"
                    worker.end(End("deadline", limit))
        for row in self.queue:
            if now - row.call.arrived < WATCHED_AFTER:
                break
            self._watch(row.call)
        if busy:
            self._ticking = True
            self._loop.call_later(self._tick_seconds, self._tick)

    def _watch(self, call: Call) -> None:
        """A request that waits long is dropped when its client leaves."""
        if call.watched or call.done.done():
            return
        call.watched = True
        task = self._loop.create_task(self._until_gone(call))
        self._watchers.add(task)
        task.add_done_callback(self._watchers.discard)
        call.done.add_done_callback(lambda _: task.cancel())

    async def _until_gone(self, call: Call) -> None:
        while (await call.receive())["type"] != "http.disconnect":
            pass
        if not call.done.done():
            call.done.set_result(ClientGone())
