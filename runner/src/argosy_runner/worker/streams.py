"""What a Python model answers piece by piece: ``stream``, ``chat``, ``complete``.

The function is a generator, async or not, or returns the whole at once. Between two pieces of a
generator that is not async others have their turn.
"""

from __future__ import annotations

import asyncio
import inspect
import json
from typing import Any, Awaitable, Callable

from argosy_runner.worker import faults, hints, values

Send = Callable[[bytes], Awaitable[None]]


class Streaming:
    """``stream(input)``: each piece is the JSON of what the model yields."""

    streams = True

    def __init__(self, function: Callable[..., Any], hint: object) -> None:
        self._function = function
        self._build = hints.builder(hint)
        self._description = hints.describe(hint)

    def describe(self) -> dict[str, Any]:
        """For the runner."""
        return {"values": self._description, "rows": 1, "streams": True}

    async def stream(self, header: dict[str, Any], body: bytes, send: Send) -> Any:
        """Send the pieces; the (header, parts) of the end. It never raises but when cancelled."""
        try:
            value: Any = body if header.get("raw") else json.loads(body)
            if self._build and not header.get("raw"):
                value = self._build(value)
        except (ValueError, TypeError, RecursionError) as error:
            return {"failure": faults.failure(error, "input")}, ()
        return await self._pieces(self._function, (value,), {}, send)

    async def _pieces(
        self, function: Any, arguments: tuple[Any, ...], options: dict[str, Any], send: Send
    ) -> Any:
        source = None
        try:
            source = function(*arguments, **options)
            if inspect.isawaitable(source):
                source = await source
            if hasattr(source, "__aiter__"):
                async for piece in source:
                    await send(self._encode(piece))
            elif hasattr(source, "__next__"):
                for piece in source:
                    await send(self._encode(piece))
                    await asyncio.sleep(0)
            else:
                await send(self._encode(source))
        except BaseException as error:
            if faults.is_cancellation(error):
                raise
            faults.report(error)
            kind = "output" if isinstance(error, values.BadOutput) else "model"
            return {"failure": faults.failure(error, kind)}, ()
        finally:
            await _close(source)
        return self._end(), ()

    def _encode(self, piece: Any) -> bytes:
        return values.encode(piece)

    def _end(self) -> dict[str, Any]:
        return {}


class Conversing(Streaming):
    """``chat(messages, **options)`` and ``complete(prompt, **options)``: pieces of text.

    A piece may also be a dict, which is the ``delta`` of OpenAI's answer (for tool calls). Options
    that the function does not name are not given to it.
    """

    def __init__(self, function: Callable[..., Any], model: Any) -> None:
        super().__init__(function, Any)
        parameters = list(inspect.signature(function).parameters.values())
        if not parameters:
            name = getattr(function, "__name__", "chat")
            raise faults.CannotLoad(f"{name} takes no input: write {name}(self, messages)")
        self._any_option = any(one.kind is one.VAR_KEYWORD for one in parameters)
        self._options = [one.name for one in parameters[1:] if one.kind is not one.VAR_KEYWORD]
        self._count = getattr(model, "count_tokens", None)

    def describe(self) -> dict[str, Any]:
        """For the runner: with the options it takes, None where it takes any."""
        options = None if self._any_option else self._options
        return {**super().describe(), "options": options}

    async def stream(
        self,
        header: dict[str, Any],  # noqa: ARG002  as Streaming's
        body: bytes,
        send: Send,
    ) -> Any:
        """As `Streaming.stream`; the end tells the tokens where the model can count them."""
        asked = json.loads(body)
        told: list[str] = []

        async def count(piece: bytes) -> None:
            text = json.loads(piece)
            told.append(text if isinstance(text, str) else text.get("content") or "")
            await send(piece)

        end, parts = await self._pieces(
            self._function, (asked["asked"],), asked["options"], count if self._count else send
        )
        if self._count and "failure" not in end:
            try:
                end["usage"] = {
                    "in": int(self._count(prompt_text(asked["asked"]))),
                    "out": int(self._count("".join(told))),
                }
            except Exception as error:  # noqa: BLE001  the model's code; the answer stands without
                faults.report(error)
        return end, parts

    def _encode(self, piece: Any) -> bytes:
        if not isinstance(piece, (str, dict)):
            kind = type(piece).__name__
            raise values.BadOutput(f"a piece of text must be a str or a dict, not {kind}")
        return values.encode(piece)


def prompt_text(asked: Any) -> str:
    """The words of a prompt, or of all messages."""
    if isinstance(asked, str):
        return asked
    texts = []
    for message in asked:
        content = message.get("content") or ""
        if isinstance(content, str):
            texts.append(content)
        else:
            texts += [part.get("text", "") for part in content if isinstance(part, dict)]
    return "\n".join(texts)


async def _close(source: Any) -> None:
    """A generator that nobody reads to its end runs its ``finally`` now."""
    try:
        if hasattr(source, "aclose"):
            await source.aclose()
        elif hasattr(source, "close"):
            source.close()
    except BaseException as error:  # noqa: BLE001  the model's code
        faults.report(error)
