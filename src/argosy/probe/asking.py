"""Asking a replica the items of a suite, one by one or several at once, in every protocol.

Whatever becomes of a question is an answer: what takes too long or fails has a reason, and counts.
Only a replica that is too busy is asked again, as long as the time for the answer lasts.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import math
import mimetypes
import time
from collections import deque
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self, TypeVar

import httpx

from argosy.probe.client import client
from argosy.probe.item import Item, Protocol

DEFAULT_SEED = 0
BUSY = {429, 503}
PAUSE = 0.5  # seconds, where a busy replica names none
LEAST_URGENT = "u=7"  # RFC 9218
CALLER = "argosy-probe"  # one caller among others, however many items are under way
SHOWN = 300  # characters of a reason

Asked = TypeVar("Asked")
Given = TypeVar("Given")


@dataclass(frozen=True)
class Answer:
    """``value`` is what can be compared; None with a ``reason``. ``seconds`` is the last try's.

    ``lost``: nobody answered at the address, so that it says nothing of the model. ``late``: the
    time was over, mostly since the replica is busy.
    """

    item_id: str
    value: Any = None
    seconds: float = 0.0
    reason: str = ""
    lost: bool = False
    late: bool = False


class CannotAnswer(Exception):
    """The replica gave no answer that can be scored; the text says why."""


class TooLate(CannotAnswer):
    """The time for the answer was over."""


class NobodyAnswers(CannotAnswer):
    """There is no connection to the replica, or it broke."""


class Asker:
    """Asks one replica, at ``unix:/path`` or ``host:port``; to be used with ``async with``.

    Each answer may take ``timeout`` seconds; at most ``concurrency`` questions are under way. Chat
    and completions are asked with temperature 0 and the ``seed``, unless the item says otherwise.
    """

    def __init__(
        self,
        address: str,
        model_name: str,
        *,
        timeout: float,
        concurrency: int = 4,
        seed: int = DEFAULT_SEED,
    ) -> None:
        self._client = client(address)
        self._model = model_name
        self._timeout = timeout
        self._seed = seed
        self._free = asyncio.Semaphore(concurrency)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self._client.aclose()

    async def ask(self, item: Item, repeat: int = 0) -> Answer:
        """The answer to one item; never raises. Each ``repeat`` has a seed of its own."""
        async with self._free:
            try:
                asked = request(item, self._model, self._seed + repeat)
                value, seconds = await self._post(*asked)
                return Answer(item.id, comparable(item.protocol, value), seconds)
            except CannotAnswer as error:
                lost = isinstance(error, NobodyAnswers)
                late = isinstance(error, TooLate)
                return Answer(item.id, reason=str(error)[:SHOWN], lost=lost, late=late)

    async def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """A vector for each text, from `/v1/embeddings`. Raises `CannotAnswer`."""
        body = json.dumps({"model": self._model, "input": list(texts)}).encode()
        async with self._free:
            answer, _ = await self._post("/v1/embeddings", body, "application/json")
        try:
            rows = sorted(answer["data"], key=lambda row: row["index"])
            return [[float(number) for number in row["embedding"]] for row in rows]
        except (KeyError, TypeError, ValueError) as error:
            raise CannotAnswer("what came is no answer of /v1/embeddings") from error

    async def _post(self, path: str, body: bytes, content_type: str) -> tuple[Any, float]:
        """The answer's JSON, and how long it took. Raises `CannotAnswer`."""
        end = time.monotonic() + self._timeout
        while True:
            began = time.monotonic()
            answer = await self._try(path, body, content_type, end - began)
            seconds = time.monotonic() - began
            if answer.status_code not in BUSY:
                return _content(answer), seconds
            pause = _pause(answer)
            if time.monotonic() + pause >= end:
                raise TooLate(_refusal(answer))
            await asyncio.sleep(pause)

    async def _try(
        self, path: str, body: bytes, content_type: str, seconds: float
    ) -> httpx.Response:
        headers = {
            "content-type": content_type,
            "priority": LEAST_URGENT,
            "x-argosy-caller": CALLER,
            "x-request-timeout": f"{max(1, math.ceil(seconds * 1000))}ms",
        }
        try:
            async with asyncio.timeout(seconds):
                answer = await self._client.post(path, content=body, headers=headers)
        except TimeoutError:
            raise TooLate(self._too_long) from None
        except (httpx.HTTPError, OSError) as error:
            said = f"{type(error).__name__}: {error}".rstrip(": ")
            raise NobodyAnswers(f"the replica does not answer: {said}") from error
        if answer.status_code == 504:
            raise TooLate(self._too_long)
        return answer

    @property
    def _too_long(self) -> str:
        return f"no answer within {self._timeout:g} s"


async def in_order(
    asked: Iterable[Asked], ask: Callable[[Asked], Awaitable[Given]], most: int
) -> AsyncGenerator[Given, None]:
    """What ``ask`` gives for each, in their order, ``most`` under way at once.

    None is begun before its turn comes into this window, so that who stops reading stops asking;
    what is under way then is cancelled when the iterator is closed.
    """
    waiting = iter(asked)
    under_way: deque[asyncio.Task[Given]] = deque()
    try:
        while True:
            while len(under_way) < most and (one := next(waiting, _END)) is not _END:
                under_way.append(asyncio.ensure_future(ask(one)))
            if not under_way:
                return
            given = await under_way[0]
            under_way.popleft()
            yield given
    finally:
        for task in under_way:
            task.cancel()
        for task in under_way:
            with contextlib.suppress(asyncio.CancelledError, Exception):
                await task


_END: Any = object()


def request(item: Item, model_name: str, seed: int) -> tuple[str, bytes, str]:
    """Path, body and content type by which an item is asked.

    Raises `CannotAnswer` where its file has gone.
    """
    if item.file is not None:
        kind = mimetypes.guess_type(item.file.name)[0] or "application/octet-stream"
        try:
            return "/predict", item.file.read_bytes(), kind
        except OSError as error:
            raise CannotAnswer(f"{item.file} cannot be read: {error.strerror}") from error
    body: dict[str, Any] = dict(item.fields)
    path = "/predict"
    if item.protocol in {"chat", "completions"}:
        body = {"model": model_name, "temperature": 0, "seed": seed, **body}
        path = "/v1/chat/completions" if item.protocol == "chat" else "/v1/completions"
    elif item.protocol == "infer":
        path = f"/v2/models/{model_name}/infer"
    return path, json.dumps(body).encode(), "application/json"


def comparable(protocol: Protocol, answer: Any) -> Any:
    """What a scorer compares of an answer's JSON. Raises `CannotAnswer` for one of another form.

    Of ``/predict`` the output; of text the first choice's, or its tool calls; of tensors their
    data, by name where there are several.
    """
    try:
        if protocol == "predict":
            return answer["output"]
        if protocol == "completions":
            return answer["choices"][0]["text"]
        if protocol == "chat":
            return _said(answer["choices"][0]["message"])
        outputs = {output["name"]: output["data"] for output in answer["outputs"]}
    except (KeyError, IndexError, TypeError) as error:
        raise CannotAnswer(f"what came is no answer of {protocol}") from error
    return next(iter(outputs.values())) if len(outputs) == 1 else outputs


def _said(message: dict[str, Any]) -> Any:
    if message.get("content") is None and message.get("tool_calls"):
        return [call["function"] for call in message["tool_calls"]]
    return message.get("content") or ""


def _content(answer: httpx.Response) -> Any:
    if not answer.is_success:
        raise CannotAnswer(_refusal(answer))
    try:
        return answer.json()
    except (ValueError, RecursionError) as error:
        raise CannotAnswer(f"what came is no JSON: {error}") from error


def _refusal(answer: httpx.Response) -> str:
    """The status, and what the replica says of it in the form of any protocol."""
    try:
        said = answer.json()
        error = said.get("error")
        told = error.get("message") if isinstance(error, dict) else error
        told = said.get("detail") or told or said.get("title") or ""
    except (ValueError, AttributeError, RecursionError):
        told = answer.text
    return f"{answer.status_code} {told}".strip()


def _pause(answer: httpx.Response) -> float:
    try:
        return max(PAUSE / 10, float(answer.headers["retry-after"]))
    except (KeyError, ValueError):
        return PAUSE
