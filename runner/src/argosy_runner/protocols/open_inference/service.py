"""``inference.GRPCInferenceService``, on the event loop that serves HTTP too.

Importing this costs 15 MB and 30 ms, so only a runner with ``grpc_listen`` does, once it listens
for HTTP. Answers carry ``raw_output_contents``, whichever way the inputs came, as Triton's do.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import TYPE_CHECKING, Any

import grpc
import grpc.aio

from argosy_runner.problems import Problem
from argosy_runner.protocols.open_inference.grpc_calls import Calls, asker, name_of
from argosy_runner.protocols.open_inference.inference import Inference
from argosy_runner.protocols.open_inference.messages import CLASSES, SERVICE, message
from argosy_runner.protocols.open_inference.streaming import Conversation

if TYPE_CHECKING:
    from argosy_runner.replica import Replica

LONGEST_DETAIL = 2000  # bytes; clients take 8 KiB of headers, and three letters for some bytes

CODES = {
    400: grpc.StatusCode.INVALID_ARGUMENT,
    404: grpc.StatusCode.NOT_FOUND,
    413: grpc.StatusCode.RESOURCE_EXHAUSTED,
    415: grpc.StatusCode.INVALID_ARGUMENT,
    422: grpc.StatusCode.INVALID_ARGUMENT,
    429: grpc.StatusCode.RESOURCE_EXHAUSTED,
    503: grpc.StatusCode.UNAVAILABLE,
    504: grpc.StatusCode.DEADLINE_EXCEEDED,
}

Unary = Callable[[Any, Any], Awaitable[Any]]


async def start(replica: Replica, interceptors: tuple[Any, ...] = ()) -> Any:
    """The `grpc.aio.Server` that listens on ``grpc_listen``. Raises `RuntimeError`."""
    most = replica.settings.max_body
    server = grpc.aio.server(
        interceptors=interceptors,
        options=[
            ("grpc.max_receive_message_length", most),
            ("grpc.max_send_message_length", -1),
            ("grpc.so_reuseport", 0),  # two replicas on one port are a mistake, not a wish
        ],
    )
    server.add_generic_rpc_handlers((Service(replica).handler(),))
    server.add_insecure_port(replica.settings.grpc_listen)
    await server.start()
    return server


class Service:
    """The calls of one replica."""

    def __init__(self, replica: Replica) -> None:
        self._replica = replica
        self._inference = Inference(replica)
        self._calls = Calls(replica, self._inference)

    def handler(self) -> Any:
        """What a server needs to know."""
        unary: dict[str, Unary] = {
            "ServerLive": self._server_live,
            "ServerReady": self._server_ready,
            "ModelReady": self._model_ready,
            "ServerMetadata": self._server_metadata,
            "ModelMetadata": self._model_metadata,
            "ModelInfer": self._model_infer,
        }
        handlers = {
            name: grpc.unary_unary_rpc_method_handler(
                self._answering(f"{name}Request", function),
                response_serializer=CLASSES[f"{name}Response"].SerializeToString,
            )
            for name, function in unary.items()
        }
        handlers["ModelStreamInfer"] = grpc.stream_stream_rpc_method_handler(
            self._model_stream_infer,
            response_serializer=CLASSES["ModelStreamInferResponse"].SerializeToString,
        )
        return grpc.method_handlers_generic_handler(SERVICE, handlers)

    def _answering(self, request_name: str, function: Unary) -> Unary:
        """Counted, and its problems told. Of what gRPC cannot read it would make UNKNOWN."""

        async def answer(data: bytes, context: Any) -> Any:
            try:
                with self._calls.counting():
                    return await function(message(request_name, data), context)
            except Problem as problem:
                wrong = problem
            code = CODES.get(wrong.status, grpc.StatusCode.INTERNAL)
            return await context.abort(code, detail(wrong))  # which raises

        return answer

    async def _server_live(self, request: Any, context: Any) -> Any:  # noqa: ARG002  gRPC's
        return CLASSES["ServerLiveResponse"](live=True)

    async def _server_ready(self, request: Any, context: Any) -> Any:  # noqa: ARG002
        return CLASSES["ServerReadyResponse"](ready=self._replica.ready)

    async def _model_ready(self, request: Any, context: Any) -> Any:
        name = name_of(request.name, self._inference.name, context)
        self._inference.find(name, request.version)
        return CLASSES["ModelReadyResponse"](ready=self._replica.ready)

    async def _server_metadata(self, request: Any, context: Any) -> Any:  # noqa: ARG002
        return CLASSES["ServerMetadataResponse"](**self._inference.server)

    async def _model_metadata(self, request: Any, context: Any) -> Any:
        name = name_of(request.name, self._inference.name, context)
        self._inference.find(name, request.version)
        return CLASSES["ModelMetadataResponse"](**self._inference.metadata())

    async def _model_infer(self, request: Any, context: Any) -> Any:
        request.model_name = name_of(request.model_name, self._inference.name, context)
        return await self._calls.infer(request, asker(context))

    async def _model_stream_infer(
        self, requests: AsyncIterator[bytes], context: Any
    ) -> AsyncIterator[Any]:
        conversation = Conversation(self._calls, self._inference, context)
        async with contextlib.aclosing(conversation.answers(requests)) as responses:
            async for response in responses:
                yield response


def detail(problem: Problem) -> str:
    """As much of what is wrong as a header can carry."""
    text = problem.detail.encode()
    if len(text) <= LONGEST_DETAIL:
        return problem.detail
    return text[:LONGEST_DETAIL].decode(errors="ignore") + " …"
