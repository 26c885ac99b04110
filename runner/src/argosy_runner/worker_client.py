"""One worker, seen from the runner: its state, the frames it has, its death and why.

Whoever owns it gives an `Owner`; everything happens on the event loop.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import threading
import time
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, Protocol, cast

import msgspec

from argosy_runner import out_of_memory
from argosy_runner.calls import Row, Stream
from argosy_runner.log import Lines, Log
from argosy_runner.worker.frames import BadFrame, Decoder, encode

if TYPE_CHECKING:
    from argosy_runner.settings import Settings
    from argosy_runner.worker_process import WorkerProcess

EXIT_GRACE = 1.0
DRAIN_GRACE = 0.2

decode_header = msgspec.json.Decoder(dict[str, Any]).decode
encode_header = msgspec.json.Encoder().encode

Reason = Literal["died", "out of memory", "gpu", "deadline", "load"]


@dataclass(frozen=True)
class End:
    """Why a worker is gone. ``text`` is for people: ``killed by SIGSEGV``.

    ``planned``: we replaced it for what an answered request did; what it had is not to blame.
    ``concurrent``: it computed all that it had.
    """

    reason: Reason
    text: str
    planned: bool = False
    concurrent: bool = False


class Frame:
    """Rows on their way through a worker.

    ``began`` is when it became the worker's next, or sent its last piece; ``cancelled`` is when the
    worker was told to forget it.
    """

    __slots__ = ("began", "cancelled", "number", "rows")

    def __init__(self, number: int, rows: list[Row]) -> None:
        self.number = number
        self.rows = rows
        self.began = 0.0
        self.cancelled = 0.0


class Owner(Protocol):
    """Who is told what becomes of a worker."""

    def worker_connected(self, worker: WorkerClient) -> None:
        """Its process runs and has said so."""

    def worker_loaded(self, worker: WorkerClient) -> None:
        """The model is loaded and will be warmed up."""

    def worker_ready(self, worker: WorkerClient, ready: dict[str, Any]) -> None:
        """It answers from now on; ``ready`` holds its signature."""

    def worker_answered(
        self, worker: WorkerClient, frame: Frame, header: dict[str, Any], body: bytes
    ) -> None:
        """The answer to a frame; of one that does not compute concurrently, to its first."""

    def worker_streamed(self, worker: WorkerClient, frame: Frame, body: bytes) -> None:
        """A piece of an answer."""

    def worker_ended(self, worker: WorkerClient, end: End, frames: list[Frame]) -> None:
        """It is gone; ``frames`` are unanswered, the first of them was being computed."""


class WorkerClient(asyncio.Protocol):
    """Talks to one worker from its start to its end."""

    def __init__(self, process: WorkerProcess, settings: Settings, log: Log, owner: Owner) -> None:
        self.ready = False
        self.frames: dict[int, Frame] = {}
        self.concurrent = 0
        self.exclusive = False
        self.heard = 0.0
        self.load_seconds = 0.0
        self.warm_up_seconds = 0.0
        self.seconds_per_frame = 0.0
        self.started = time.monotonic()
        self._process = process
        self._settings = settings
        self._owner = owner
        self._lines = Lines(log)
        self._decoder = Decoder()
        self._end: End | None = None
        self._failure: End | None = None
        self._told = False
        self._exited: asyncio.Future[int]
        self._closed: asyncio.Future[None]
        self._transport: asyncio.Transport
        self._output: asyncio.BaseTransport
        self._numbers = 0

    @property
    def pid(self) -> int:
        """Of the worker's process."""
        return self._process.process.pid

    async def attach(self) -> None:
        """Begin to listen to it; what it has said until now is not lost."""
        loop = asyncio.get_running_loop()
        self._exited, self._closed = loop.create_future(), loop.create_future()
        self._load_timer = loop.call_later(self._settings.start_timeout, self._load_too_long)
        threading.Thread(target=self._wait, args=(loop,), daemon=True).start()
        self._output, _ = await loop.connect_read_pipe(
            lambda: _Output(self._lines), os.fdopen(self._process.output, "rb", buffering=0)
        )
        await loop.create_connection(lambda: self, sock=self._process.channel)
        self._bury = loop.create_task(self._until_gone())

    def send(self, rows: list[Row], header: dict[str, Any], parts: list[Any]) -> None:
        """Give it a frame; ``header`` gets id and method. Only while it is ``ready``."""
        self._numbers += 1
        number = header["id"] = self._numbers
        call = rows[0].call
        if call.method.name != "predict":
            header["method"] = call.method.name
        frame = Frame(number, rows)
        if self.concurrent or not self.frames:
            frame.began = time.monotonic()
        self.frames[number] = frame
        if rows[0].alone:
            self.exclusive = True
        if isinstance(call, Stream):
            call.credit = partial(self._grant, number)
        self._transport.write(encode(encode_header(header), parts))

    @property
    def rows_under_way(self) -> int:
        """Rows of the first frame, which is being computed."""
        return len(next(iter(self.frames.values())).rows)

    def cancel(self, frame: Frame) -> None:
        """Nobody waits for this frame of a concurrent worker; it answers nevertheless."""
        frame.cancelled = time.monotonic()
        if self.ready:
            self._transport.write(encode(encode_header({"cancel": frame.number})))

    def end(self, end: End) -> None:
        """Kill it; the owner hears of it once it is gone."""
        self.ready = False
        self._end = self._end or end
        self._process.kill()

    async def close(self) -> None:
        """Let it leave, and kill it when it does not. The owner hears nothing."""
        self._told = True
        self.ready = False
        self._load_timer.cancel()
        if not self._transport.is_closing():
            self._transport.close()
        await asyncio.wait({self._exited}, timeout=0 if self.frames else EXIT_GRACE)
        self._process.kill()
        await self._bury

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The socket is ours to read."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's own class

    def data_received(self, data: bytes) -> None:
        """Frames of the worker."""
        try:
            for header, body in self._decoder.feed(data):
                self._frame(decode_header(header), body)
        except (BadFrame, msgspec.DecodeError, KeyError, ValueError) as error:
            self.end(End("died", f"it sent what is no answer ({error})"))
            self._transport.abort()

    def eof_received(self) -> None:
        """The first sign of its end: uvloop refuses to write from here on."""
        self.ready = False

    def connection_lost(self, error: Exception | None) -> None:  # noqa: ARG002  asyncio's
        """The worker has gone, or goes."""
        self.ready = False
        if not self._closed.done():
            self._closed.set_result(None)

    def _frame(self, header: dict[str, Any], body: bytes) -> None:
        number = header.get("id")
        if number is None:
            self._state(header)
            return
        now = self.heard = time.monotonic()
        if "more" in header:
            frame = self.frames[number]
            frame.began = now
            self._owner.worker_streamed(self, frame, body)
            return
        if not self.concurrent and number != next(iter(self.frames), None):
            raise BadFrame(f"an answer to {number} out of turn")
        frame = self.frames.pop(number)
        if frame.rows[0].alone:
            self.exclusive = False
        if not self.concurrent:
            self.seconds_per_frame += 0.2 * (now - frame.began - self.seconds_per_frame)
            if self.frames:
                next(iter(self.frames.values())).began = now
        self._owner.worker_answered(self, frame, header, body)

    def _grant(self, number: int, pieces: int) -> None:
        """So many more pieces of this stream may be sent."""
        if self.ready and number in self.frames:
            self._transport.write(encode(encode_header({"grant": number, "pieces": pieces})))

    def _state(self, header: dict[str, Any]) -> None:
        state = header["state"]
        if state == "connected":
            self._owner.worker_connected(self)
        elif state == "loaded":
            self.load_seconds = header["seconds"]
            self._owner.worker_loaded(self)
        elif state == "ready":
            self._load_timer.cancel()
            self.warm_up_seconds = header["seconds"]
            self.concurrent = header.get("concurrent", 0)
            self.ready = self._end is None
            if self.ready:
                self._owner.worker_ready(self, header)
        elif state == "failed":
            self._failure = End("load", header["reason"])
        else:
            raise BadFrame(f"state {state!r}")

    def _load_too_long(self) -> None:
        limit = f"{self._settings.start_timeout:g} s (start_timeout)"
        self.end(End("load", f"load did not finish within {limit}"))

    def _wait(self, loop: asyncio.AbstractEventLoop) -> None:
        """In a thread: the one way to hear of a process's end on every system."""
        code = self._process.process.wait()
        with contextlib.suppress(RuntimeError):  # the loop is closed: we are leaving too
            loop.call_soon_threadsafe(self._exited.set_result, code)

    async def _until_gone(self) -> None:
        """The end, whichever sign of it comes first; what was sent before it is read first."""
        signs: set[asyncio.Future[Any]] = {self._exited, self._closed}
        await asyncio.wait(signs, return_when=asyncio.FIRST_COMPLETED)
        self.ready = False
        if not self._exited.done():
            await asyncio.wait({self._exited}, timeout=EXIT_GRACE)
            self._process.kill()
        code = await self._exited
        # A process that the model started may hold the socket open: it is not waited for.
        await asyncio.wait({self._closed}, timeout=DRAIN_GRACE)
        self._process.kill()
        self._load_timer.cancel()
        self._transport.abort()
        await asyncio.sleep(0)  # the pipe is read to its end
        self._output.close()
        self._lines.close()
        frames, self.frames = list(self.frames.values()), {}
        if not self._told:
            end = replace(self._why(code), concurrent=bool(self.concurrent))
            self._owner.worker_ended(self, end, frames)

    def _why(self, code: int) -> End:
        if self._end is not None:
            return self._end
        if self._failure is not None:
            return self._failure
        if code == -signal.SIGKILL and out_of_memory.happened_since(self._process.kills):
            return End("out of memory", out_of_memory_text(self._settings.memory))
        if code < 0:
            return End("died", f"killed by {signal.Signals(-code).name}")
        return End("died", f"exited with code {code}")

    @property
    def last_lines(self) -> str:
        """What it printed last."""
        return "\n".join(self._lines.tail)


def out_of_memory_text(limit: int | None) -> str:
    """``out of memory (limit 512 MiB)``."""
    return f"out of memory (limit {limit / 2**20:g} MiB)" if limit else "out of memory"


class _Output(asyncio.Protocol):
    def __init__(self, lines: Lines) -> None:
        self._lines = lines

    def data_received(self, data: bytes) -> None:
        self._lines.feed(data)
