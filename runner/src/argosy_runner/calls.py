"""What waits for a worker: the calls of requests, row by row, and streams. No I/O here."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from argosy_runner.problems import Problem
from argosy_runner.signatures import Answer, Payload, Signature
from argosy_runner.worker.frames import CREDIT

Receive = Callable[[], Awaitable[dict[str, Any]]]


class ClientGone(Exception):
    """Nobody waits for the answer."""


USUAL, LEAST_URGENT = 3, 7
"""The urgency of a request that says none, and the last of all: RFC 9218, section 4.1."""


class Asker(Protocol):
    """Who asks, and what of their request is not the model's business."""

    @property
    def receive(self) -> Receive:
        """ASGI's: of a request that waits long it tells that its client has left."""

    @property
    def limit(self) -> float | None:
        """How many seconds they would wait."""

    @property
    def caller(self) -> object:
        """What tells them from the others, with whom they take turns."""

    @property
    def urgency(self) -> int:
        """Among the requests of one caller, 0 is the first."""


@dataclass(frozen=True)
class Terms:
    """An `Asker` that is no exchange."""

    receive: Receive
    limit: float | None
    caller: object
    urgency: int = USUAL


@dataclass(frozen=True, eq=False)
class Method:
    """One thing a model can be asked: ``predict``, ``embed``, ``stream``, ``chat`` …

    ``rows`` is how many rows of it a frame may hold. What ``streams`` is answered piece by piece.
    ``options`` are those that it takes, None where it takes any.
    """

    name: str
    signature: Signature
    rows: int = 1
    streams: bool = False
    options: tuple[str, ...] | None = ()

    def takes(self, option: str) -> bool:
        """Whether the model wants to be told of this option."""
        return self.options is None or option in self.options


class Call:
    """One request: as many answers as it has payloads, given all at once.

    ``done`` gives what went wrong, or None once ``answers`` are there. ``taken`` payloads are on
    their way. ``limit`` is the asker's where it is shorter than the model's own; by ``deadline``,
    a time of the monotonic clock, its computation must have begun. ``places`` tells of each payload
    where it stood in the request, and so where its answer goes.
    """

    __slots__ = (
        "answers", "arrived", "asker", "deadline", "done", "limit", "method", "missing", "payloads",
        "places", "taken", "watched",
    )  # fmt: skip

    def __init__(
        self,
        method: Method,
        payloads: list[Payload],
        done: asyncio.Future[Exception | None],
        asker: Asker,
        timeout: float,
    ) -> None:
        self.method = method
        self.places: Sequence[int] = range(len(payloads))
        if len(payloads) > method.rows and method.signature.pads:
            self.places = sorted(self.places, key=lambda at: payloads[at].size, reverse=True)
            payloads = [payloads[at] for at in self.places]
        self.payloads = payloads
        self.taken = 0
        self.answers: list[Answer] = [None] * len(payloads)
        self.missing = len(payloads)
        self.done = done
        self.asker = asker
        self.arrived = time.monotonic()
        limit = asker.limit
        self.limit = limit if limit is not None and limit < timeout else None
        self.deadline = self.arrived + (timeout if self.limit is None else self.limit)
        self.watched = False

    def give(self, index: int, answer: Answer) -> None:
        """The answer to one payload; the last one completes the call."""
        self.answers[self.places[index]] = answer
        self.missing -= 1
        if self.missing == 0 and not self.done.done():
            self.done.set_result(None)

    def refuse(self, problem: Exception) -> None:
        """None of it will be answered."""
        if not self.done.done():
            self.done.set_result(problem)

    def fail(self, index: int, problem: Problem) -> None:
        """One payload that fails is the end of its call."""
        if not self.done.done():
            if len(self.answers) > 1:
                problem = problem.at(f"$.inputs[{self.places[index]}]")
            self.done.set_result(problem)


class Stream(Call):
    """One request that is answered piece by piece: ``async for piece in stream``.

    Iterating raises `Problem` where the model fails, also after some pieces. ``end`` is the
    worker's last word, once all pieces have come. Leaving early is told by `cancel`.
    """

    __slots__ = ("_pieces", "_taken", "_wake", "begun", "credit", "end")

    def __init__(
        self,
        method: Method,
        payload: Payload,
        done: asyncio.Future[Exception | None],
        asker: Asker,
        timeout: float,
    ) -> None:
        super().__init__(method, [payload], done, asker, timeout)
        self.begun = False
        self.end: dict[str, Any] = {}
        self.credit: Callable[[int], None] | None = None
        self._pieces: deque[bytes] = deque()
        self._wake: asyncio.Future[None] | None = None
        self._taken = 0
        done.add_done_callback(lambda _: self._woken())

    def piece(self, data: bytes) -> None:
        """One more piece has come."""
        self.begun = True
        self._pieces.append(data)
        self._woken()

    @property
    def is_behind(self) -> bool:
        """Whether its reader, not its model, is what it waits for."""
        return len(self._pieces) >= CREDIT // 2

    def cancel(self) -> None:
        """Nobody reads on."""
        self.refuse(ClientGone())

    def __aiter__(self) -> Stream:
        return self

    async def __anext__(self) -> bytes:
        while not self._pieces:
            if self.done.done():
                wrong = self.done.result()
                if wrong is not None:
                    raise wrong
                raise StopAsyncIteration
            self._wake = self.done.get_loop().create_future()
            await self._wake
        self._taken += 1
        if self._taken >= CREDIT // 2 and self.credit is not None:
            self.credit(self._taken)
            self._taken = 0
        return self._pieces.popleft()

    def _woken(self) -> None:
        if self._wake is not None and not self._wake.done():
            self._wake.set_result(None)


class Row:
    """One payload of a call, on its way to a worker.

    ``alone``: it goes in a frame of its own; ``deaths``: of workers that had it.
    """

    __slots__ = ("alone", "call", "deaths", "index", "payload")

    def __init__(self, call: Call, index: int) -> None:
        self.call = call
        self.index = index
        self.payload = call.payloads[index]
        self.alone = False
        self.deaths = 0
