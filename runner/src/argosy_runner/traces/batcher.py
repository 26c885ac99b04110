"""The spans below a request's: its wait for a worker, and the worker's computing."""

from __future__ import annotations

import time
from typing import Any

from argosy_runner.batch import Batcher
from argosy_runner.calls import Call, Row, Stream
from argosy_runner.metrics import Metrics
from argosy_runner.settings import Settings
from argosy_runner.traces.spans import Finished, Span, below, current
from argosy_runner.worker_client import End, Frame, WorkerClient

QUEUE, COMPUTE = "queue", "compute"


class TracedBatcher(Batcher):
    """A `Batcher` that tells of the calls of traced requests when they wait and are computed."""

    def __init__(self, settings: Settings, metrics: Metrics, finished: Finished) -> None:
        super().__init__(settings, metrics)
        self._finished = finished
        self._spans: dict[Call, Span] = {}
        self._clock = time.time_ns() - time.monotonic_ns()

    def piece(self, frame: Frame, body: bytes) -> None:
        """As `Batcher.piece`; how long the first one took is told with the request."""
        call = frame.rows[0].call
        span = self._spans.get(call)
        if span is not None and isinstance(call, Stream) and not call.begun:
            span.values["argosy.first_piece_ns"] = time.time_ns() - span.began
        super().piece(frame, body)

    def answered(
        self, worker: WorkerClient, frame: Frame, header: dict[str, Any], body: bytes
    ) -> None:
        """As `Batcher.answered`; the worker has told when it computed."""
        times = header.pop("computed", (0, 0))
        if self._spans:
            self._computed(worker, frame, times, _failures(frame, header))
        super().answered(worker, frame, header, body)

    def lost(self, end: End, frames: list[Frame]) -> None:
        """As `Batcher.lost`; nobody can tell when the worker computed, but that it failed."""
        for frame in frames:
            self._computed(None, frame, (0, 0), {row.call: end.text for row in frame.rows})
        super().lost(end, frames)

    def _queue(self, call: Call) -> None:
        span = current.get()
        if span is not None:
            self._spans[call] = span
            call.done.add_done_callback(lambda _: self._spans.pop(call, None))
        super()._queue(call)

    def _observe(self, rows: list[Row]) -> None:
        super()._observe(rows)
        now = time.time_ns()
        spans = self._of(rows)
        self._finished(
            [below(span, QUEUE, self._time(call.arrived), now) for call, span in spans.items()]
        )

    def _computed(
        self,
        worker: WorkerClient | None,
        frame: Frame,
        times: tuple[int, int],
        failures: dict[Call, str],
    ) -> None:
        began, ended = times[0] or self._time(frame.began), times[1] or time.time_ns()
        told = []
        for call, span in self._of(frame.rows).items():
            one = below(span, COMPUTE, began, ended)
            one.values["argosy.rows"] = len(frame.rows)
            if worker is not None:
                one.values["process.pid"] = worker.pid
            one.failure = failures.get(call, "")
            told.append(one)
        self._finished(told)

    def _of(self, rows: list[Row]) -> dict[Call, Span]:
        """The traced calls that these rows are of."""
        found = self._spans
        return {row.call: found[row.call] for row in rows if row.call in found} if found else {}

    def _time(self, monotonic: float) -> int:
        return int(monotonic * 1e9) + self._clock


def _failures(frame: Frame, header: dict[str, Any]) -> dict[Call, str]:
    """What kind of error each call met that met one."""
    failure = header.get("failure")
    if failure is not None:
        return {row.call: failure["type"] for row in frame.rows}
    errors = header.get("errors", {})
    return {frame.rows[int(index)].call: error["type"] for index, error in errors.items()}
