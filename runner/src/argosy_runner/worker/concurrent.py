"""Many frames at once, on the event loop of a model with async methods or streams.

Every frame is a task and is answered when it is done, in any order. The runner may ``cancel`` one,
and ``grant`` a stream more pieces: a slow reader slows the model down instead of filling memory.
"""

from __future__ import annotations

import asyncio
import os
from typing import Any

from argosy_runner.worker import faults, frames

MOST_BYTES = 256 * 1024


async def serve(channel: Any, loaded: Any, server: Any = None) -> None:
    """Until the runner closes the socket; with another class than `Server` where one is given."""
    await (server or Server)(channel, loaded).closed.wait()


class Server:
    """The frames that are under way."""

    def __init__(self, channel: Any, loaded: Any) -> None:
        self.closed = asyncio.Event()
        self._channel = channel
        self._loaded = loaded
        self._decoder = frames.Decoder()
        self._tasks: dict[int, Any] = {}
        self._credits: dict[int, Credit] = {}
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(channel.descriptor, self._readable)

    def _readable(self) -> None:
        try:
            data = os.read(self._channel.descriptor, MOST_BYTES)
        except ConnectionResetError:
            data = b""
        if not data:
            self._loop.remove_reader(self._channel.descriptor)
            self.closed.set()
            return
        for header, body in self._decoder.feed(data):
            self._take(frames.parse_header(header), body)

    def _take(self, header: dict[str, Any], body: bytes) -> None:
        if "cancel" in header:
            if header["cancel"] in self._tasks:
                self._tasks[header["cancel"]].cancel()
        elif "grant" in header:
            if header["grant"] in self._credits:
                self._credits[header["grant"]].grant(header["pieces"])
        else:
            number = header["id"]
            task = self._loop.create_task(self._answer(number, header, body))
            self._tasks[number] = task
            task.add_done_callback(lambda done: self._finish(number, done))

    async def _answer(self, number: int, header: dict[str, Any], body: bytes) -> Any:
        method = self._loaded.methods[header.get("method", "predict")]
        if not method.streams:
            return await method.answer(header, body)
        credit = self._credits[number] = Credit(frames.CREDIT)

        async def send(piece: bytes) -> None:
            await credit.take()
            self._channel.write({"id": number, "more": True}, (piece,))

        return await method.stream(header, body, send)

    def _finish(self, number: int, task: Any) -> None:
        del self._tasks[number]
        self._credits.pop(number, None)
        answer: dict[str, Any]
        if task.cancelled():
            answer, parts = {"failure": faults.failure(asyncio.CancelledError("cancelled"))}, ()
        elif task.exception() is not None:
            faults.report(task.exception())
            answer, parts = {"failure": faults.failure(task.exception())}, ()
        else:
            answer, parts = task.result()
        answer["id"] = number
        self._channel.write(answer, parts)


class Credit:
    """How many more pieces of a stream the runner takes."""

    def __init__(self, pieces: int) -> None:
        self._left = pieces
        self._wake: Any = None

    async def take(self) -> None:
        """Wait until one may be sent, and count it."""
        while not self._left:
            self._wake = asyncio.get_running_loop().create_future()
            await self._wake
        self._left -= 1

    def grant(self, pieces: int) -> None:
        """So many more."""
        self._left += pieces
        if self._wake is not None and not self._wake.done():
            self._wake.set_result(None)
