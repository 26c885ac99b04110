"""A replica: keeps its workers running, and knows whether it is ready, and why not.

State has one writer, this class: ``loading → warming → ready ⇄ restarting``, then ``draining``; a
first load that fails is ``failed`` and ends the process.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal

from argosy_runner import last_words, signatures, worker_process
from argosy_runner.batch import Batcher
from argosy_runner.calls import Method
from argosy_runner.metrics import Metrics
from argosy_runner.problems import Problem, not_ready
from argosy_runner.worker_client import End, Frame, WorkerClient

if TYPE_CHECKING:
    from argosy_runner.log import Log
    from argosy_runner.settings import Settings
    from argosy_runner.worker_process import WorkerProcess

State = Literal["loading", "warming", "ready", "draining", "restarting", "failed"]
LONGEST_BACK_OFF = 30.0
LONGEST_REASON = 4000
REASON_LINES = 15


class Replica:
    """Must be made on the event loop. ``batcher`` makes its queue."""

    def __init__(
        self,
        settings: Settings,
        log: Log,
        born: float,
        batcher: Callable[[Settings, Metrics], Batcher] = Batcher,
    ) -> None:
        self.settings = settings
        self.log = log
        self.state: State = "loading"
        self.reason = "the model is being loaded"
        self.warning = ""
        self.device = ""
        self.listening = not settings.grpc_listen  # gRPC comes after HTTP
        self.documentation: dict[str, Any] = {}
        self.cold_start = {"start": 0.0, "load": 0.0, "warm_up": 0.0}
        self.worker_restarts = 0
        self.metrics = Metrics(settings.model, settings.revision, settings.replica)
        self.batcher = batcher(settings, self.metrics)
        self.metrics.queue_depth = lambda: self.batcher.waiting.rows
        self.failed = asyncio.Event()
        self._born = born
        self.has_served = False
        self._workers: set[WorkerClient] = set()
        self._restarts: set[asyncio.Task[None]] = set()
        self._failed_loads = 0
        self._restarting_since = 0.0

    @property
    def ready(self) -> bool:
        """Whether requests should be sent here, on every address."""
        return self.state == "ready" and self.listening

    @property
    def queueing(self) -> bool:
        """Whether requests may be sent here although no worker runs: they wait for the next one.

        That has to be known to load, and by the cold start in time for who comes now. Once it is
        late by all the time that a request has, nobody knows when it will be there.
        """
        if self.state != "restarting" or self._failed_loads or not self.listening:
            return False
        passed = time.monotonic() - self._restarting_since
        return abs(sum(self.cold_start.values()) - passed) <= self.settings.timeout

    async def attach(self, processes: list[WorkerProcess]) -> None:
        """Take over the workers that were started before there was an event loop."""
        for process in processes:
            await self._attach(process)

    async def close(self) -> None:
        """End all workers."""
        for task in self._restarts:
            task.cancel()
        await asyncio.gather(*self._restarts, return_exceptions=True)
        await asyncio.gather(*(worker.close() for worker in self._workers))

    def drain(self) -> None:
        """Unready from now on, and still answering."""
        self.state, self.reason = "draining", "it was told to stop"

    def refuse(self) -> Problem | None:
        """Why a request cannot even wait: nothing has loaded yet, or what had does so no more."""
        if not self.has_served or (self._failed_loads and not self.batcher.workers):
            return not_ready(self.reason)
        return None

    def worker_connected(self, worker: WorkerClient) -> None:  # noqa: ARG002
        """The first connection of all ends what a cold start calls `start`."""
        if not self.has_served:
            self.cold_start["start"] = time.clock_gettime(time.CLOCK_MONOTONIC) - self._born

    def worker_loaded(self, worker: WorkerClient) -> None:
        """Loading has taken its time; warming up comes next."""
        if not self.has_served:
            self.cold_start["load"] = max(self.cold_start["load"], worker.load_seconds)
            if self.state == "loading":
                self.state, self.reason = "warming", "the model is being warmed up"

    def worker_ready(self, worker: WorkerClient, ready: dict[str, Any]) -> None:
        """It takes part; once all first workers do, the replica is ready."""
        batcher = self.batcher
        batcher.methods = methods(ready)
        self.documentation = ready["documentation"]
        self.warning = ready["warning"]
        self.device = ready["device"]
        batcher.workers.append(worker)
        self._failed_loads = 0
        if not self.has_served:
            self.cold_start["warm_up"] = max(self.cold_start["warm_up"], worker.warm_up_seconds)
            self.metrics.load_seconds = self.cold_start["load"]
            self.metrics.warm_up_seconds = self.cold_start["warm_up"]
            if len(batcher.workers) < self.settings.workers:
                return
            self.has_served = True
            parts = ", ".join(f"{what} {took:.2f} s" for what, took in self.cold_start.items())
            where = f", on {self.device}" if self.device else ""
            self.log.write(f"ready: {parts.replace('_', '-')}{where}")
            if self.warning:
                self.log.write(self.warning)
        else:
            self.log.write(f"worker {worker.pid} is ready")
        if self.state in {"loading", "warming", "restarting"}:
            self.state, self.reason = "ready", ""
        batcher.feed_soon()

    def worker_answered(
        self, worker: WorkerClient, frame: Frame, header: dict[str, Any], body: bytes
    ) -> None:
        """Passed on."""
        self.batcher.answered(worker, frame, header, body)

    def worker_streamed(self, worker: WorkerClient, frame: Frame, body: bytes) -> None:  # noqa: ARG002
        """Passed on."""
        self.batcher.piece(frame, body)

    def worker_ended(self, worker: WorkerClient, end: End, frames: list[Frame]) -> None:
        """Replace it; before anything was ever ready, give up instead."""
        self._workers.discard(worker)
        if worker in self.batcher.workers:
            self.batcher.workers.remove(worker)
            self.log.write(f"worker {worker.pid}: {end.text}")
        else:
            self._failed_loads += 1
            end = load_failure(worker, end)
            self.log.write(*f"the model cannot be loaded: {end.text}".splitlines())
        self.metrics.worker_restarts[end.reason] += 1
        self.worker_restarts += 1
        if not self.has_served:
            self.give_up(end.text)
            return
        if not self.batcher.workers and self.state != "draining":
            if self.state != "restarting":
                self._restarting_since = time.monotonic()
            self.state, self.reason = "restarting", f"the worker is being replaced: {end.text}"
        self.batcher.lost(end, frames)
        if self._failed_loads and not self.batcher.workers:
            self.batcher.fail_all(not_ready(self.reason))
        self._restart()

    def give_up(self, reason: str) -> None:
        """Nothing can be served: the process is to end, with ``reason`` in the termination log."""
        if self.state == "failed":
            return
        self.state, self.reason = "failed", reason
        last_words.leave(self.settings, self.log, reason)
        self.failed.set()

    def _restart(self) -> None:
        pause = 0.0
        if self._failed_loads:
            pause = min(2.0 ** (self._failed_loads - 1), LONGEST_BACK_OFF)
        task = asyncio.get_running_loop().create_task(self._start_after(pause))
        self._restarts.add(task)
        task.add_done_callback(self._restarts.discard)

    async def _start_after(self, pause: float) -> None:
        await asyncio.sleep(pause)
        try:
            process = worker_process.start(self.settings)
        except OSError as error:
            self._failed_loads += 1
            self.reason = f"the model's Python cannot be started: {error}"
            self.log.write(self.reason)
            self.batcher.fail_all(not_ready(self.reason))
            self._restart()
            return
        await self._attach(process)

    async def _attach(self, process: WorkerProcess) -> None:
        worker = WorkerClient(process, self.settings, self.log, self)
        self._workers.add(worker)
        await worker.attach()


def methods(ready: dict[str, Any]) -> dict[str, Method]:
    """What the model can be asked, as its worker's ``ready`` frame tells."""
    found = {}
    for name, told in ready["methods"].items():
        options = told.get("options", ())
        found[name] = Method(
            name,
            signatures.read(told),
            told["rows"],
            told.get("streams", False),
            None if options is None else tuple(options),
        )
    return found


def load_failure(worker: WorkerClient, end: End) -> End:
    """The reason in the model's own words: what it printed last where it said no more."""
    text = end.text
    if end.reason == "died":
        text = f"the worker {text} while loading"
    if end.reason != "load" and worker.last_lines:
        text = f"{text}\n{worker.last_lines}"
    lines = text[-LONGEST_REASON:].splitlines()[-REASON_LINES:]
    return End(end.reason, "\n".join(lines))
