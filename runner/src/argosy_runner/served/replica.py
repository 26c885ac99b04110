"""A replica of a served engine: starts its server, proves that it works, keeps it running.

Callers are answered by the engine itself, at ``settings.serve_at``; the runner answers /health,
/ready and /metrics at ``settings.listen``. State has one writer, `ServedReplica`:
``loading → warming → ready ⇄ unready | restarting``, then ``draining``; a first start that fails is
``failed`` and ends the process.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
import traceback
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from argosy_runner import engines, last_words
from argosy_runner.replica import LONGEST_BACK_OFF, LONGEST_REASON, REASON_LINES
from argosy_runner.served import metrics
from argosy_runner.served.client import NoAnswer, ask
from argosy_runner.served.engine import Mapped, Place, Question
from argosy_runner.served.process import EngineProcess

if TYPE_CHECKING:
    from argosy_runner.log import Log
    from argosy_runner.settings import Settings

State = Literal["loading", "warming", "ready", "unready", "restarting", "draining", "failed"]

ASK_WHILE_LOADING = 0.1
ASK_WHILE_WARMING = 0.5
ASK_WHILE_READY = 3.0
ASK_WHILE_BUSY = 0.1
ANSWER_TIMEOUT = 5.0
SHORTEST_HANG = 30.0  # an engine that is silent for so long, and for `timeout`, is replaced
STOP_GRACE = 3.0
STEADY = 10.0  # an engine that was ready for so long is started again at once


class Unfit(Exception):
    """The engine runs and is to be replaced: the label of a metric, and words for people."""


class ServedReplica:
    """Must be made on the event loop."""

    def __init__(self, settings: Settings, log: Log, born: float) -> None:
        self.settings = settings
        self.state: State = "loading"
        self.reason = "the engine is being started"
        self.cold_start = {"start": 0.0, "load": 0.0, "warm_up": 0.0}
        self.worker_restarts = 0
        self.has_served = False
        self.failed = asyncio.Event()
        self._log = log
        self._born = born
        self._engine = engines.module(settings.engine)
        self._place = place(settings)
        self._readiness = self._engine.readiness(self._place)
        self._restarts: Counter[str] = Counter()
        self._quick_ends = 0
        self._ready_since: float | None = None
        self._process: EngineProcess | None = None
        self._keeping: asyncio.Task[None] | None = None

    @property
    def ready(self) -> bool:
        """Whether requests should be sent to the engine."""
        return self.state == "ready"

    def begin(self) -> None:
        """Start the engine, and keep it running from now on."""
        self._keeping = asyncio.create_task(self._keep())
        self._keeping.add_done_callback(self._kept)

    def _kept(self, task: asyncio.Task[None]) -> None:
        """A mistake of ours must not leave an engine that nobody watches."""
        if not task.cancelled() and (error := task.exception()):
            self._log.write(*"".join(traceback.format_exception(error)).splitlines())
            self.give_up(f"the runner failed: {error!r}")

    def drain(self) -> None:
        """Unready from now on; the engine goes on answering."""
        self._now("draining", "it was told to stop")

    def give_up(self, reason: str) -> None:
        """Nothing can be served: the process is to end, with ``reason`` in the termination log."""
        if self.state == "failed":
            return
        self._now("failed", reason)
        last_words.leave(self.settings, self._log, reason)
        self.failed.set()

    async def close(self) -> None:
        """Let the engine finish what it has, for `timeout` at most, and end it."""
        if self._keeping is None:
            return
        process, self._process = self._process, None
        if process is not None and not process.exited.done():
            began = time.monotonic()
            if self.has_served:
                await self._until_idle(process)
            process.terminate()
            left = self.settings.timeout - (time.monotonic() - began) if self.has_served else 0.0
            await asyncio.wait({process.exited}, timeout=max(left, STOP_GRACE))
            process.kill()
        self._keeping.cancel()
        await asyncio.gather(self._keeping, return_exceptions=True)
        if process is not None:
            await process.bury()
        self._remove_socket()

    async def metrics(self) -> tuple[bytes, bytes]:
        """The (content type, body) of an answer to Prometheus."""
        text = await self._engine_metrics()
        known = metrics.own(
            self._labels, self._restarts, self.cold_start["load"], self.cold_start["warm_up"]
        )
        families = metrics.mapped(text, _mapping(), self._labels)
        return metrics.exposition([*known, *families], text)

    @property
    def _labels(self) -> dict[str, str]:
        told = self.settings
        return {"model": told.model, "revision": told.revision, "replica": told.replica}

    def _now(self, state: State, reason: str = "") -> None:
        if self.state not in {"draining", "failed"} or state == "failed":
            self.state, self.reason = state, reason

    async def _keep(self) -> None:
        """Start the engine, again whenever it ends; a first start that fails is the only one."""
        while True:
            self._remove_socket()
            self._ready_since = None
            process = EngineProcess(self.settings, self._log)
            try:
                await process.start(self._engine.command(self._place), self._engine.ENVIRONMENT)
            except OSError as error:
                label, text = "load", f"cannot be started: {error}"
            else:
                self._process = process
                label, text = await self._live(process)
            if self.state in {"draining", "failed"}:
                return
            self._restarts[label] += 1
            self.worker_restarts += 1
            self._log.write(*f"the engine {text}".splitlines())
            if not self.has_served:
                self.give_up(f"the engine {text}")
                return
            self._now("restarting", f"the engine is being replaced: it {text}")
            await asyncio.sleep(self._pause())

    def _pause(self) -> float:
        """Seconds until the next start: none after a first end, more while the ends come quick."""
        since = self._ready_since
        steady = since is not None and time.monotonic() - since > STEADY
        self._quick_ends = 1 if steady else self._quick_ends + 1
        return min(2.0 ** (self._quick_ends - 2), LONGEST_BACK_OFF) if self._quick_ends > 1 else 0.0

    async def _live(self, process: EngineProcess) -> tuple[str, str]:
        """One run of the engine, until it has ended; why it did."""
        work = asyncio.create_task(self._prove_and_watch())
        try:
            signs: set[asyncio.Future[Any]] = {work, process.exited}
            await asyncio.wait(signs, return_when=asyncio.FIRST_COMPLETED)
            unfit = work.exception() if work.done() else None
            if unfit is not None and not isinstance(unfit, Unfit):
                raise unfit
        finally:
            work.cancel()
        if unfit is not None:
            process.kill()
        await process.bury()
        if unfit is not None:
            label, text = unfit.args
            return label, text
        label, text = process.end()
        if self._ready_since is None:
            return ("load" if label == "died" else label), _with_lines(
                f"{text} before it was ready", process.last_lines
            )
        return label, text

    async def _prove_and_watch(self) -> None:
        began = time.monotonic()
        try:
            async with asyncio.timeout(self.settings.start_timeout):
                await self._prove(began)
        except TimeoutError:
            limit = f"{self.settings.start_timeout:g} s (start_timeout)"
            lines = self._process.last_lines if self._process else ""
            text = _with_lines(f"is not ready within {limit}: {self.reason}", lines)
            raise Unfit("load", text) from None
        await self._watch()

    async def _prove(self, began: float) -> None:
        """Return once the engine has answered what proves that it works."""
        first = not self.has_served
        if first:
            self.cold_start["start"] = time.clock_gettime(time.CLOCK_MONOTONIC) - self._born
        await self._until_answered([self._readiness.alive], ANSWER_TIMEOUT, ASK_WHILE_LOADING)
        loaded = time.monotonic()
        if self._readiness.works:
            if first:
                self._now("warming", "the engine answers, and has not computed anything yet")
            await self._until_answered(
                self._readiness.works, self.settings.start_timeout, ASK_WHILE_WARMING
            )
        if first:
            self.cold_start["load"] = loaded - began
            self.cold_start["warm_up"] = time.monotonic() - loaded
            self.has_served = True
            parts = ", ".join(f"{what} {took:.2f} s" for what, took in self.cold_start.items())
            self._log.write(f"ready: {parts.replace('_', '-')}")
        else:
            self._log.write("the engine is ready again")
        self._ready_since = time.monotonic()
        self._now("ready")

    async def _until_answered(self, questions: Any, seconds: float, pause: float) -> None:
        """Ask until one of the questions is answered; the first's refusal is the reason shown."""
        while True:
            refusals = []
            for question in questions:
                try:
                    await ask(self._place.serve_at, question, seconds)
                except NoAnswer as refusal:
                    refusals.append(str(refusal))
                else:
                    return
            if self.state in {"loading", "warming"}:
                self.reason = refusals[0]
            await asyncio.sleep(pause)

    async def _watch(self) -> None:
        """Ask whether it is alive until it is not, for longer than any answer may take."""
        answered = time.monotonic()
        longest = max(self.settings.timeout, SHORTEST_HANG)
        while True:
            await asyncio.sleep(ASK_WHILE_READY)
            try:
                await ask(self._place.serve_at, self._readiness.alive, ANSWER_TIMEOUT)
            except NoAnswer as refusal:
                if self.ready:
                    self._log.write(f"the engine is unready: {refusal}")
                self._now("unready", str(refusal))
                if time.monotonic() - answered > longest:
                    raise Unfit("deadline", f"has not answered for {longest:g} s") from None
            else:
                answered = time.monotonic()
                if self.state == "unready":
                    self._log.write("the engine is ready again")
                    self._now("ready")

    async def _until_idle(self, process: EngineProcess) -> None:
        """Wait for its requests in flight, by its own count, where it has one."""
        deadline = time.monotonic() + self.settings.timeout
        while time.monotonic() < deadline and not process.exited.done():
            families = metrics.mapped(await self._engine_metrics(), _mapping(), {})
            if not metrics.busy(families):
                return
            await asyncio.sleep(ASK_WHILE_BUSY)

    async def _engine_metrics(self) -> str:
        path = self._engine.metrics_path(self._place)
        if path is None:
            return ""
        try:
            return await ask(self._place.serve_at, Question(path), ANSWER_TIMEOUT)
        except NoAnswer:
            return ""

    def _remove_socket(self) -> None:
        if self._place.socket is not None:
            with contextlib.suppress(OSError):
                Path(self._place.socket).unlink(missing_ok=True)


def place(settings: Settings) -> Place:
    """What the engine's module is told."""
    assert settings.serve_at is not None
    return Place(
        model=settings.model,
        python=settings.python,
        serve_at=settings.serve_at,
        weights=settings.weights,
        options=settings.options,
        command=settings.command,
    )


def _mapping() -> dict[str, Mapped]:
    """Those of all engines: a command may well be another engine's server."""
    return {
        name: ours
        for engine in engines.names()
        if engines.is_served(engine)
        for name, ours in engines.module(engine).METRICS.items()
    }


def _with_lines(text: str, lines: str) -> str:
    """The reason, in the engine's own words where it has printed any."""
    whole = f"{text}\n{lines}" if lines else text
    first, *rest = whole.splitlines()
    kept = "\n".join([first, *rest[-REASON_LINES:]])
    return kept[:LONGEST_REASON]
