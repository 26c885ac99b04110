"""``POST /predict``: ``{"input": …}`` → ``{"output": …}``, ``inputs`` → ``outputs``."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import msgspec

from argosy_runner.calls import Method, Stream
from argosy_runner.exchange import EVENTS, JSON, Exchange
from argosy_runner.metrics import Timing
from argosy_runner.problems import CONTENT_TYPE, NOT_JSON, Problem
from argosy_runner.protocols import Protocol
from argosy_runner.signatures import Payload, Signature, misfit

if TYPE_CHECKING:
    from argosy_runner.replica import Replica

EXPECTED = 'expected {"input": …} or {"inputs": […]}'
PARTS = b"multipart/form-data"
FORM = b"application/x-www-form-urlencoded"  # what curl -d says of anything


class Predict(Protocol):
    """Bodies to rows, answers to bodies; a model with ``stream`` answers with events if asked."""

    name = "predict"

    def __init__(self, replica: Replica) -> None:
        self._replica = replica
        self._batcher = replica.batcher
        self._signature: Signature | None = None
        self._decode: Callable[[bytes], Any]

    async def answer(self, exchange: Exchange) -> None:
        """One input, or many."""
        body = exchange.whole() or await exchange.rest()
        if (refusal := self._replica.refuse()) is not None:
            raise refusal
        method = self._method(exchange)
        if self._signature is not method.signature:
            self._read_signature(method.signature)
        payloads, many = self._parse(exchange.content_type, body)
        if method.streams:
            await self._stream(exchange, method, payloads, many)
            return
        if not payloads:
            await exchange.answer(200, JSON, b'{"outputs": []}')
            return
        call, done = self._batcher.submit(method, payloads, exchange)
        wrong = await done
        if wrong is not None:
            raise wrong
        json = method.signature.json
        if many:
            answers = b", ".join(map(json, call.answers))
            await exchange.answer(200, JSON, b'{"outputs": [%b]}' % answers)
        else:
            await exchange.answer(200, JSON, b'{"output": %b}' % json(call.answers[0]))

    def error(self, problem: Problem) -> tuple[bytes, bytes]:
        """As problem+json."""
        return CONTENT_TYPE, problem.body

    def _method(self, exchange: Exchange) -> Method:
        """``predict``, or ``stream`` where there is no other or events are asked for."""
        methods = self._batcher.methods
        predict, stream = methods.get("predict"), methods.get("stream")
        if stream is not None and (predict is None or EVENTS in exchange.header(b"accept")):
            return stream
        if predict is None:
            raise Problem(404, f"this model has no predict; it has {', '.join(methods)}: see /v1/…")
        return predict

    async def _stream(
        self, exchange: Exchange, method: Method, payloads: list[Payload], many: bool
    ) -> None:
        if many or not payloads:
            raise Problem(422, "a stream takes one input, not inputs")
        stream = self._batcher.open(method, payloads[0], exchange)
        try:
            await exchange.unless_gone(self._events(exchange, stream))
        finally:
            stream.cancel()

    async def _events(self, exchange: Exchange, stream: Stream) -> None:
        """Server-sent events: a piece each, then ``end``, or ``error`` with the problem."""
        timing = Timing(self._replica.metrics, exchange.began)
        try:
            async for piece in stream:
                timing.token()
                if not exchange.status:
                    await exchange.begin()
                await exchange.more(b"data: %b\n\n" % piece)
        except Problem as problem:
            if not exchange.status:
                raise
            await exchange.finish(b"event: error\ndata: %b\n\n" % problem.body)
            return
        if not exchange.status:
            await exchange.begin()
        await exchange.finish(b"event: end\ndata: {}\n\n")

    def _read_signature(self, signature: Signature) -> None:
        row: Any = signature.row_type
        envelope = msgspec.defstruct(
            "Envelope",
            [
                ("input", row | msgspec.UnsetType, msgspec.UNSET),
                ("inputs", list[row] | msgspec.UnsetType, msgspec.UNSET),
            ],
            forbid_unknown_fields=True,
        )
        self._decode = msgspec.json.Decoder(envelope).decode
        self._signature = signature

    def _parse(self, content_type: bytes, body: bytes) -> tuple[list[Payload], bool]:
        """The rows, and whether a list was asked for."""
        signature = self._signature
        assert signature is not None
        if not _is_json(content_type):
            if content_type[: len(PARTS)].lower() == PARTS:
                from argosy_runner.protocols import form  # noqa: PLC0415  few send forms

                return form.read(signature, content_type, body)
            return [signature.pack_bytes(body)], False
        try:
            envelope = self._decode(body)
        except msgspec.ValidationError as error:
            raise _misfit(error, body) from None
        except NOT_JSON as error:
            raise Problem(400, _not_json(error, content_type)) from None
        unset = msgspec.UNSET
        if envelope.inputs is unset and envelope.input is not unset:
            return [signature.pack(envelope.input, "$.input")], False
        if envelope.input is unset and envelope.inputs is not unset:
            pack = signature.pack
            return [pack(row, f"$.inputs[{at}]") for at, row in enumerate(envelope.inputs)], True
        got = "neither" if envelope.input is unset else "both"
        raise Problem(400, f"{EXPECTED}, got {got}")


def _is_json(content_type: bytes) -> bool:
    """Whether a body of this type is JSON; else it is a file."""
    if not content_type or content_type == b"application/json":
        return True
    kind = content_type.partition(b";")[0].strip().lower()
    return kind in {b"application/json", FORM, b"text/json"} or kind.endswith(b"+json")


def _misfit(error: msgspec.ValidationError, body: bytes) -> Problem:
    """422 where the input is wrong, 400 where what holds it is."""
    text = misfit(error)
    if text.startswith("$.input") and not text.startswith("$.inputs:"):
        return Problem(422, text)
    return Problem(400, f"{EXPECTED}, got {_got(body)}")


def _got(body: bytes) -> str:
    try:
        value = msgspec.json.decode(body)
    except NOT_JSON:  # it was read only as far as needed
        return "something else"
    if isinstance(value, dict):
        if "inputs" in value and not isinstance(value["inputs"], list):
            return 'an "inputs" that is no list'
        keys = ", ".join(f'"{key}"' for key in list(value)[:10])
        return f"an object with {keys}"
    return {list: "a list", str: "a text", bool: "a truth value", type(None): "null"}.get(
        type(value), "a number"
    )


def _not_json(error: Exception, content_type: bytes) -> str:
    if isinstance(error, RecursionError):
        return "the JSON is nested too deeply"
    text = str(error) or "the body is not JSON"
    if content_type.startswith(FORM):
        text += "; to upload a file add -H 'content-type: application/octet-stream'"
    return text
