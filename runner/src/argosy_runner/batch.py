"""Greedy batching: what waits when a worker is free goes at once, up to a full frame.

Two frames are in flight where that keeps a worker fed; a worker that computes concurrently has as
many as it says. Rows whose worker died are tried once more, each alone, so that one poisonous
request fails alone; so are rows of a frame that failed whole.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from argosy_runner import loop_turns
from argosy_runner.calls import Asker, Call, Method, Row, Stream
from argosy_runner.deadlines import Deadlines
from argosy_runner.loop_turns import QUICK
from argosy_runner.problems import Problem, too_busy, too_late
from argosy_runner.signatures import Payload, failed
from argosy_runner.waiting import Waiting
from argosy_runner.worker_client import End, Frame, WorkerClient, out_of_memory_text

if TYPE_CHECKING:
    from argosy_runner.metrics import Metrics
    from argosy_runner.settings import Settings

SLOW = 0.05
"""From so many on it is not: whoever comes in the meantime would wait for two frames."""

Done = asyncio.Future[Exception | None]


class Batcher:
    """The queue of a replica and the workers that empty it."""

    def __init__(self, settings: Settings, metrics: Metrics) -> None:
        self.waiting = Waiting()
        self.workers: list[WorkerClient] = []
        self.methods: dict[str, Method] = {}
        self._max_delay = settings.batch.max_delay if settings.batch else 0.0
        self._timeout = settings.timeout
        self._most_waiting = settings.queue
        self._memory = settings.memory
        self._metrics = metrics
        self._loop = asyncio.get_running_loop()
        self._pace = loop_turns.of(self._loop).pace
        self._pace.workers = self.workers
        self._feeding = False
        self._last_rows = 1
        self._delay: asyncio.TimerHandle | None = None
        self._deadlines = Deadlines(self.waiting, self.workers, settings.timeout)

    def submit(self, method: Method, payloads: list[Payload], asker: Asker) -> tuple[Call, Done]:
        """Queue a request; its future gives what went wrong, or None once ``answers`` are there.

        Raises `Problem` 429 when too much waits.
        """
        done: Done = self._loop.create_future()
        call = Call(method, payloads, done, asker, self._timeout)
        self._queue(call)
        return call, done

    def open(self, method: Method, payload: Payload, asker: Asker) -> Stream:
        """Queue a request that is answered piece by piece. Raises `Problem` 429."""
        done: Done = self._loop.create_future()
        stream = Stream(method, payload, done, asker, self._timeout)
        self._queue(stream)
        return stream

    def feed_soon(self) -> None:
        """Feed the workers once everything that has arrived by now is queued.

        That takes one more look at the sockets, hence two turns of the loop: what comes through a
        gateway comes one after the other, and a frame for each would cost more than it hides.
        """
        if not self._feeding:
            self._feeding = True
            self._loop.call_soon(self._loop.call_soon, self._feed)

    def piece(self, frame: Frame, body: bytes) -> None:
        """Pass on a piece of a stream."""
        call = frame.rows[0].call
        if isinstance(call, Stream):
            call.piece(body)

    def answered(
        self, worker: WorkerClient, frame: Frame, header: dict[str, Any], body: bytes
    ) -> None:
        """Pass an answer on, and end a worker that has no memory or no GPU left."""
        rows = frame.rows
        self._deadlines.progress = time.monotonic()
        failure = header.get("failure")
        if failure is not None:
            self._failed(worker, rows, failure)
            self._end_if_spent(worker, [failure])
        elif (call := rows[0].call).method.streams:
            if isinstance(call, Stream):
                call.end = header
            call.give(0, body)
        else:
            self._give(rows, header, body)
            if "errors" in header:
                self._end_if_spent(worker, header["errors"].values())
        if self.waiting and self._pace.few:
            self.feed_soon()
        elif self.waiting:
            self._feed()

    def lost(self, end: End, frames: list[Frame]) -> None:
        """Take back what a worker had: the first frame was being computed, the others were not.

        Of a concurrent worker all were. What waits has its time anew: it was not its fault.
        """
        computing = 0 if end.planned else (len(frames) if end.concurrent else 1)
        for frame in reversed(frames[computing:]):
            self.waiting.try_again(frame.rows, alone=frame.rows[0].alone)
        for frame in frames[:computing]:
            self._lost_computing(end, frame.rows)
        self.waiting.renew(time.monotonic() + self._timeout)
        self.feed_soon()

    def fail_all(self, problem: Problem) -> None:
        """Nothing that waits can be computed."""
        self.waiting.fail_all(problem)

    def _queue(self, call: Call) -> None:
        waiting = self.waiting
        excess = waiting.rows + len(call.payloads) - self._most_waiting
        if waiting.rows and excess > 0:
            problem = too_busy(waiting.rows)
            if not waiting.make_room(call, excess, problem):
                raise problem
        waiting.add(call)
        if self._metrics.in_flight == 1 and self._last_rows == 1:
            self._feed()  # nobody else is about to come
        else:
            self.feed_soon()

    def _failed(self, worker: WorkerClient, rows: list[Row], failure: dict[str, str]) -> None:
        """Of several rows each is tried alone.

        So is one that a lost GPU has failed while others were computed there: it may be theirs.
        """
        call = rows[0].call
        beside = failure["kind"] == "gpu" and worker.concurrent and worker.frames
        begun = isinstance(call, Stream) and call.begun
        if len(rows) > 1 or (beside and not begun):
            self.waiting.try_again(rows, alone=True)
        else:
            call.fail(rows[0].index, self._problem(failure))

    def _end_if_spent(self, worker: WorkerClient, failures: Iterable[dict[str, str]]) -> None:
        """A model that met its memory limit, or lost its GPU, is started afresh."""
        for failure in failures:
            if failure["kind"] == "memory":
                text = out_of_memory_text(self._memory)
                worker.end(End("out of memory", text, planned=True))
            elif failure["kind"] == "gpu":
                text = failed(failure).detail
                worker.end(End("gpu", text, planned=not worker.concurrent))

    def _give(self, rows: list[Row], header: dict[str, Any], body: bytes) -> None:
        signature = rows[0].call.method.signature
        answers = signature.answers(header, body, [row.payload for row in rows])
        for row, answer in zip(rows, answers, strict=True):
            if isinstance(answer, Problem):
                row.call.fail(row.index, answer)
            else:
                row.call.give(row.index, answer)

    def _lost_computing(self, end: End, rows: list[Row]) -> None:
        hung = end.reason == "deadline"
        if hung and not end.concurrent and len({id(row.call) for row in rows}) == 1:
            rows[0].call.fail(rows[0].index, too_late(self._timeout))
            return
        again = []
        for row in rows:
            call = row.call
            row.deaths += not hung
            if row.deaths > 1:
                text = f"the worker died of this request: {end.text}"
                call.fail(row.index, Problem(500, text))
            elif isinstance(call, Stream) and call.begun:
                call.fail(0, Problem(500, f"the worker died: {end.text}"))
            else:
                again.append(row)
        self.waiting.try_again(again, alone=True)

    def _problem(self, failure: dict[str, str]) -> Problem:
        if failure["kind"] == "memory":
            return Problem(500, out_of_memory_text(self._memory), error=failure["type"])
        return failed(failure)

    def _feed(self) -> None:
        self._feeding = False
        if self._delay is not None:
            self._delay.cancel()
            self._delay = None
        waiting = self.waiting
        while waiting:
            method, arrived, alone = waiting.next
            worker = self._free_worker(method, alone)
            if worker is None or self._delayed(method, arrived, alone):
                break
            self._deadlines.drop_overdue()
            rows = waiting.take(self._share(method))
            if not rows:
                continue
            self._observe(rows)
            method = rows[0].call.method
            header, parts = method.signature.frame([row.payload for row in rows])
            worker.send(rows, header, parts)
            self._pace.give_way()
        self._deadlines.watch()
        self._pace.look(time.monotonic(), time.thread_time())

    def _observe(self, rows: list[Row]) -> None:
        now = time.monotonic()
        observe = self._metrics.queue_seconds.observe
        for row in rows:
            observe(now - row.call.arrived)
        self._metrics.batch_rows.observe(len(rows))
        self._last_rows = len(rows)

    def _free_worker(self, method: Method, alone: bool) -> WorkerClient | None:
        """The worker to feed: an idle one, else one that would have to wait for us.

        A second frame cannot gain from waiting when it is full; but of several workers another may
        be free before this one, and before a slow one is free the turn may be somebody else's. A
        quick worker gets a second frame that is no smaller than the first: ever smaller ones would
        cost both sides more than they hide.
        """
        best = None
        waiting = self.waiting.rows
        full = len(self.workers) == 1 and waiting >= method.rows
        for worker in self.workers:
            if not worker.ready:  # it ends: its owner will hear of it
                continue
            under_way = len(worker.frames)
            if not under_way:
                return worker
            if worker.concurrent:
                if worker.exclusive or alone or under_way >= worker.concurrent:
                    continue
                if best is None or under_way < len(best.frames):
                    best = worker
            elif under_way == 1 and worker.seconds_per_frame < SLOW:
                quick = worker.seconds_per_frame < QUICK
                if full or (quick and waiting >= worker.rows_under_way):
                    best = worker
        return best

    def _delayed(self, method: Method, arrived: float, alone: bool) -> bool:
        """Whether rows still wait for company, as ``max_delay`` asks."""
        if not self._max_delay or method.streams or alone or self.waiting.rows >= method.rows:
            return False
        rest = arrived + self._max_delay - time.monotonic()
        if rest <= 0:
            return False
        if self._delay is None:
            self._delay = self._loop.call_later(rest, self._feed)
        return True

    def _share(self, method: Method) -> int:
        """Rows for one worker, so that idle ones share what waits."""
        if len(self.workers) == 1:
            return method.rows
        idle = sum(1 for worker in self.workers if worker.ready and not worker.frames)
        return max(1, min(method.rows, -(-self.waiting.rows // max(idle, 1))))
