"""What a request and its copies were answered, told to whoever compares them.

Envoy tells of the answers as they pass (its external processing in observability mode), and waits
for nothing: while nobody listens, or too much comes, answers are not recorded and go on as ever.
Nothing is written to disk here.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from typing import Any

import grpc
import grpc.aio
from envoy.service.ext_proc.v3.external_processor_pb2 import ProcessingRequest, ProcessingResponse

from argosy.gateway.resources.mirrors import CLUSTER_METADATA, HEADER
from argosy.gateway.resources.revisions import model_and_kind

SERVICE = "envoy.service.ext_proc.v3.ExternalProcessor"
LONGEST_BODY = 64 << 10  # of one that is longer, the beginning and the digest
MOST_AT_ONCE = 256


@dataclass
class Recorded:
    """One answer. ``id`` is the request's, the same for its copies; ``revision`` is a number.

    ``request`` is the request's body, where the routing says so. ``status`` is 0 where no answer
    came, and ``grpc_status`` is gRPC's own, a number. ``length`` is of the answer's body, of which
    ``body`` may be the beginning; it is ``whole`` only if all of it came and is kept.
    """

    id: str = ""
    model: str = ""
    revision: int = 0
    method: str = ""
    path: str = ""
    request: bytearray = field(default_factory=bytearray)
    status: int = 0
    grpc_status: str = ""
    content_type: str = ""
    body: bytearray = field(default_factory=bytearray)
    length: int = 0
    seconds: float = 0.0
    ended: bool = False
    _digest: Any = field(default_factory=hashlib.blake2b, repr=False, compare=False)

    @property
    def digest(self) -> bytes:
        """Of all of the answer's body that came, the part that is not kept included."""
        found: bytes = self._digest.digest()
        return found

    @property
    def whole(self) -> bool:
        """Whether nothing of the answer is missing."""
        return self.ended and self.length == len(self.body)

    def hear(self, message: Any) -> None:
        """Take in a ``ProcessingRequest``."""
        kind = message.WhichOneof("request")
        if kind == "request_headers":
            headers = _headers(message.request_headers)
            self.id = headers.get(HEADER, "")
            self.method, self.path = headers.get(":method", ""), headers.get(":path", "")
        elif kind == "request_body":
            self.request += message.request_body.body[: LONGEST_BODY - len(self.request)]
        elif kind == "response_headers":
            headers = _headers(message.response_headers)
            self.status = int(headers.get(":status", 0))
            self.content_type = headers.get("content-type", "")
            self.grpc_status = headers.get("grpc-status", "")
            self.ended = message.response_headers.end_of_stream
        elif kind == "response_body":
            self.length += len(message.response_body.body)
            self._digest.update(message.response_body.body)
            self.body += message.response_body.body[: LONGEST_BODY - len(self.body)]
            self.ended = message.response_body.end_of_stream
        elif kind == "response_trailers":
            self.grpc_status = _headers(message.response_trailers, "trailers").get(
                "grpc-status", self.grpc_status
            )
            self.ended = True


Listener = Callable[[Recorded], None]


class Recordings:
    """Tells one listener for each model; it must not block."""

    def __init__(self) -> None:
        self._listeners: dict[str, Listener] = {}
        self._at_once = 0

    def listen(self, model: str, listener: Listener) -> None:
        """From now on ``listener`` hears of this model's answers, in place of any other."""
        self._listeners[model] = listener

    def leave(self, model: str) -> None:
        """Nobody listens to this model any more."""
        self._listeners.pop(model, None)

    def handler(self) -> Any:
        """For the gRPC server that Envoy calls."""
        process = grpc.stream_stream_rpc_method_handler(
            self._process,
            request_deserializer=ProcessingRequest.FromString,
            response_serializer=ProcessingResponse.SerializeToString,
        )
        return grpc.method_handlers_generic_handler(SERVICE, {"Process": process})

    async def _process(
        self, messages: AsyncIterator[Any], context: grpc.aio.ServicerContext
    ) -> AsyncIterator[Any]:
        cluster = str(dict(context.invocation_metadata())[CLUSTER_METADATA])
        model = model_and_kind(cluster)[0]
        if self._at_once >= MOST_AT_ONCE or model not in self._listeners:
            await context.abort(grpc.StatusCode.RESOURCE_EXHAUSTED, "not recorded")
        self._at_once += 1
        answer, began = Recorded(model=model, revision=_revision(cluster)), time.perf_counter()
        try:
            async for message in messages:
                answer.hear(message)
                if answer.ended:
                    break
        finally:
            self._at_once -= 1
            answer.seconds = time.perf_counter() - began
            if answer.id and (listener := self._listeners.get(model)):
                listener(answer)
        silence: tuple[Any, ...] = ()  # Envoy waits for no word of ours
        for nothing in silence:
            yield nothing


def _revision(cluster: str) -> int:
    return int(cluster.split(".")[1].removeprefix("r"))


def _headers(message: Any, field_name: str = "headers") -> dict[str, str]:
    headers = getattr(message, field_name).headers
    found = ((one.key, one.raw_value or one.value.encode()) for one in headers)
    return {key: value.decode(errors="replace") for key, value in found}
