"""The span of a gRPC call: an interceptor around the handlers of a `grpc.aio.Server`."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

import grpc
import grpc.aio

from argosy_runner.traces.spans import Finished, Span, continued, current


class Interceptor(grpc.aio.ServerInterceptor):  # type: ignore[misc]  # grpc has no types here
    """What is not sampled goes straight through."""

    def __init__(self, finished: Finished) -> None:
        self._finished = finished

    async def intercept_service(
        self, continuation: Callable[[Any], Awaitable[Any]], call: Any
    ) -> Any:
        """The handler of one call."""
        handler = await continuation(call)
        told = dict(call.invocation_metadata).get("traceparent", "")
        span = continued(told.encode(), call.method.strip("/"), time.time_ns()) if told else None
        if span is None or handler is None:
            return handler
        span.values["rpc.system"] = "grpc"
        if handler.response_streaming:
            return grpc.stream_stream_rpc_method_handler(
                self._streaming(span, handler.stream_stream),
                handler.request_deserializer,
                handler.response_serializer,
            )
        return grpc.unary_unary_rpc_method_handler(
            self._unary(span, handler.unary_unary),
            handler.request_deserializer,
            handler.response_serializer,
        )

    def _unary(self, span: Span, answer: Callable[[Any, Any], Awaitable[Any]]) -> Any:
        async def traced(request: Any, context: Any) -> Any:
            with self._during(span, context):
                return await answer(request, context)

        return traced

    def _streaming(self, span: Span, answer: Callable[[Any, Any], AsyncIterator[Any]]) -> Any:
        async def traced(requests: Any, context: Any) -> AsyncIterator[Any]:
            with self._during(span, context):
                async for response in answer(requests, context):
                    yield response

        return traced

    @contextmanager
    def _during(self, span: Span, context: Any) -> Iterator[None]:
        """A call has a task of its own, so what is current needs no taking back."""
        current.set(span)
        try:
            yield
        except BaseException as error:
            span.failure = context.details() or type(error).__name__
            raise
        finally:
            span.ended = time.time_ns()
            self._finished((span,))
