"""``/v1/chat/completions`` and ``/v1/completions``: text, whole or as server-sent events."""

from __future__ import annotations

import asyncio
import time
import uuid
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

import msgspec

from argosy_runner.exchange import ALIAS, JSON
from argosy_runner.metrics import Timing
from argosy_runner.problems import Problem
from argosy_runner.protocols.openai.choices import Choice
from argosy_runner.protocols.openai.requests import (
    FOR_THE_MODEL,
    MUST_BE_TAKEN,
    ChatRequest,
    CompletionRequest,
    TextRequest,
    parse,
)
from argosy_runner.signatures import Payload

if TYPE_CHECKING:
    from argosy_runner.calls import Method, Stream
    from argosy_runner.exchange import Exchange
    from argosy_runner.replica import Replica

encode = msgspec.json.encode
decode = msgspec.json.decode
PIECES_AHEAD = 16
DONE = b"data: [DONE]\n\n"
FOR_GATEWAY = b"x-argosy-usage"


class Text:
    """What both endpoints share. ``asks`` is the method of the model."""

    asks: ClassVar[str]
    kind: ClassVar[str]
    piece_kind: ClassVar[str]
    prefix: ClassVar[str]
    request_type: ClassVar[type[TextRequest]]

    def __init__(self, replica: Replica, error: Callable[[Problem], bytes]) -> None:
        self._replica = replica
        self._error = error

    async def answer(self, exchange: Exchange, body: bytes) -> None:
        """One request."""
        name = self._replica.settings.model
        request = parse(body, self.request_type, name, exchange.header(ALIAS))
        method = self._replica.batcher.methods.get(self.asks)
        if method is None:
            raise Problem(404, f"{name} does not take this: its model has no {self.asks}")
        await exchange.unless_gone(self._answer(exchange, request, method))

    def prompts(self, request: Any) -> list[Any]:
        """What the model is asked: one thing, or several."""
        raise NotImplementedError

    def most_tokens(self, request: Any) -> int | None:
        """How long an answer may become."""
        most: int | None = request.max_tokens
        return most

    def choice(self, index: int, choice: Choice) -> dict[str, Any]:
        """A whole choice."""
        raise NotImplementedError

    def piece(self, index: int, delta: dict[str, Any], reason: str | None) -> dict[str, Any]:
        """A piece of a choice."""
        raise NotImplementedError

    async def _answer(self, exchange: Exchange, request: Any, method: Method) -> None:
        generation = Generation(self, request, method, exchange, self._replica)
        head = {
            "id": f"{self.prefix}-{uuid.uuid4().hex}",
            "object": self.piece_kind if request.stream else self.kind,
            "created": int(time.time()),
            "model": self._replica.settings.model,
        }
        try:
            if request.stream:
                await self._stream(exchange, request, generation, head)
            else:
                async for _ in generation:
                    pass
                choices = [self.choice(*each) for each in enumerate(generation.choices)]
                whole = {**head, "choices": choices, "usage": generation.usage()}
                await exchange.answer(200, JSON, encode(whole))
        finally:
            generation.cancel()

    async def _stream(
        self, exchange: Exchange, request: Any, generation: Generation, head: dict[str, Any]
    ) -> None:
        with_usage = request.stream_options is not None and request.stream_options.include_usage
        no_usage: dict[str, Any] = {"usage": None} if with_usage else {}
        # A gateway that charges for tokens hears of them in the last piece, which waits for that.
        for_gateway = not with_usage and bool(exchange.header(FOR_GATEWAY))
        last: list[dict[str, Any]] = []
        try:
            async for index, delta, reason in generation:
                if not exchange.status:
                    await exchange.begin()
                piece = {**head, "choices": [self.piece(index, delta, reason)], **no_usage}
                for ready in (*last, piece) if reason is None or not for_gateway else last:
                    await exchange.more(_event(ready))
                last = [piece] if reason is not None and for_gateway else []
        except Problem as problem:
            if not exchange.status:
                raise
            await exchange.finish(b"data: %b\n\n" % self._error(problem))
            return
        for piece in last:
            await exchange.more(_event({**piece, "usage": generation.usage()}))
        if with_usage:
            await exchange.more(_event({**head, "choices": [], "usage": generation.usage()}))
        await exchange.finish(DONE)


class Chat(Text):
    """For a model with ``chat``."""

    asks = "chat"
    kind = "chat.completion"
    piece_kind = "chat.completion.chunk"
    prefix = "chatcmpl"
    request_type = ChatRequest

    def prompts(self, request: ChatRequest) -> list[Any]:
        """The one conversation."""
        return [request.messages]

    def most_tokens(self, request: ChatRequest) -> int | None:
        """By its newer name too."""
        return request.max_completion_tokens or request.max_tokens

    def choice(self, index: int, choice: Choice) -> dict[str, Any]:
        """With the whole message."""
        message = {"role": "assistant", "content": None, **choice.message}
        if not choice.message:
            message["content"] = ""
        logprobs = {"content": choice.logprobs} if choice.logprobs else None
        return {
            "index": index, "message": message, "logprobs": logprobs,
            "finish_reason": choice.reason,
        }  # fmt: skip

    def piece(self, index: int, delta: dict[str, Any], reason: str | None) -> dict[str, Any]:
        """With a delta."""
        return {"index": index, "delta": delta, "logprobs": None, "finish_reason": reason}


class Completions(Text):
    """For a model with ``complete``."""

    asks = "complete"
    kind = "text_completion"
    piece_kind = "text_completion"
    prefix = "cmpl"
    request_type = CompletionRequest

    def prompts(self, request: CompletionRequest) -> list[Any]:
        """One text, or several."""
        return [request.prompt] if isinstance(request.prompt, str) else request.prompt

    def choice(self, index: int, choice: Choice) -> dict[str, Any]:
        """With the whole text."""
        return {
            "index": index, "text": choice.text, "logprobs": None, "finish_reason": choice.reason,
        }  # fmt: skip

    def piece(self, index: int, delta: dict[str, Any], reason: str | None) -> dict[str, Any]:
        """With a piece of the text."""
        text = delta.get("content") or ""
        return {"index": index, "text": text, "logprobs": None, "finish_reason": reason}


class Generation:
    """All choices of a request, computed side by side: ``async for index, delta, reason in …``."""

    def __init__(
        self, text: Text, request: Any, method: Method, exchange: Exchange, replica: Replica
    ) -> None:
        most = text.most_tokens(request)
        self._prompts = text.prompts(request)
        self._metrics = replica.metrics
        self._timing = Timing(replica.metrics, exchange.began)
        self._is_chat = method.name == "chat"
        self._echo = bool(getattr(request, "echo", False))
        count = request.n or 1
        self.choices = [Choice(request.stops, most) for _ in range(count * len(self._prompts))]
        self._streams: list[Stream] = []
        try:
            for at in range(len(self.choices)):
                asked = {
                    "asked": self._prompts[at // count],
                    "options": options(request, method, most, at % count),
                }
                data = encode(asked)
                payload = Payload((data,), len(data))
                self._streams.append(replica.batcher.open(method, payload, exchange))
        except Problem:
            self.cancel()
            raise

    def cancel(self) -> None:
        """Nobody reads on."""
        for stream in self._streams:
            stream.cancel()

    def usage(self) -> dict[str, int]:
        """Tokens, counted once all choices have ended.

        Where the model does not count them: pieces of the answers, words of the prompts.
        """
        told = [stream.end.get("usage") for stream in self._streams]
        out = sum(
            usage["out"] if usage else choice.pieces
            for usage, choice in zip(told, self.choices, strict=True)
        )
        count = len(self._streams) // len(self._prompts)
        asked = sum(
            usage["in"] if usage else words(prompt)
            for usage, prompt in zip(told[::count], self._prompts, strict=True)
        )
        self._metrics.tokens["in"] += asked
        self._metrics.tokens["out"] += out
        return {"prompt_tokens": asked, "completion_tokens": out, "total_tokens": asked + out}

    async def __aiter__(self) -> Any:
        found: asyncio.Queue[Any] = asyncio.Queue(PIECES_AHEAD)
        readers = [
            asyncio.ensure_future(self._read(index, found)) for index in range(len(self.choices))
        ]
        left = len(readers)
        try:
            while left:
                item = await found.get()
                if isinstance(item, Exception):
                    raise item
                yield item
                left -= item[2] is not None
        finally:
            for reader in readers:
                reader.cancel()
            await asyncio.gather(*readers, return_exceptions=True)

    def _begin(self, index: int) -> dict[str, Any]:
        """What is told before the first piece, once that has come: until then it may fail."""
        if self._is_chat:
            return {"role": "assistant", "content": ""}
        if not self._echo:
            return {}
        prompt = self._prompts[index // (len(self.choices) // len(self._prompts))]
        self.choices[index].message["content"] = prompt
        return {"content": prompt}

    async def _read(self, index: int, found: asyncio.Queue[Any]) -> None:
        """One choice, piece by piece, into the queue of all."""
        choice, stream = self.choices[index], self._streams[index]
        begin = self._begin(index)
        try:
            async for piece in stream:
                self._timing.token()
                if begin:
                    await found.put((index, begin, None))
                    begin = {}
                delta = choice.feed(decode(piece))
                if delta:
                    await found.put((index, delta, None))
                if choice.reason:
                    stream.cancel()
                    break
            if begin:
                await found.put((index, begin, None))
            if delta := choice.end():
                await found.put((index, delta, None))
            await found.put((index, {}, choice.reason))
        except Exception as error:  # noqa: BLE001  it is raised where the choices are read
            await found.put(error)


def options(request: Any, method: Method, most: int | None, at: int) -> dict[str, Any]:
    """What the model is told beside the prompt. Raises `Problem` 400 for what it cannot heed."""
    for name in MUST_BE_TAKEN:
        if getattr(request, name, None) and not method.takes(name):
            raise Problem(400, f"this model takes no {name}", param=name)
    names = (*FOR_THE_MODEL, *MUST_BE_TAKEN)
    told = {name: getattr(request, name, None) for name in names}
    told["max_tokens"] = most
    told["stop"] = list(request.stops) or None
    if request.seed is not None:
        told["seed"] = request.seed + at  # choices of one seed would all be the same
    return {name: value for name, value in told.items() if value is not None and method.takes(name)}


def words(prompt: Any) -> int:
    """Of a text, or of all messages."""
    if isinstance(prompt, str):
        return len(prompt.split())
    return sum(
        len(message["content"].split())
        for message in prompt
        if isinstance(message.get("content"), str)
    )


def _event(value: object) -> bytes:
    return b"data: %b\n\n" % encode(value)
