"""The span of a request over HTTP: ASGI around the replica's application."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Any

from argosy_runner import short_ways
from argosy_runner.calls import Receive
from argosy_runner.exchange import Scope, Send
from argosy_runner.traces.spans import Finished, Span, continued, current

Application = Callable[[Scope, Receive, Send], Awaitable[None]]


class Traced:
    """What is not sampled goes straight through."""

    def __init__(self, application: Application, finished: Finished) -> None:
        self._application = application
        self._finished = finished

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Answer one request."""
        for name, value in scope["headers"]:
            if name == b"traceparent":
                title = f"{scope['method']} {scope['path']}"
                span = continued(value, title, time.time_ns())
                if span is not None:
                    return self._traced(span, scope, receive, send)
        return self._application(scope, receive, send)

    async def _traced(self, span: Span, scope: Scope, receive: Receive, send: Send) -> None:
        """Past `short_ways`, since its answers pass no ``send``."""
        span.values["http.request.method"] = scope["method"]
        span.values["url.path"] = scope["path"]

        async def sending(message: dict[str, Any]) -> None:
            status = message.get("status")
            if status is not None:
                span.values["http.response.status_code"] = status
                if status >= 500:
                    span.failure = f"{status}"
            await send(message)

        scope = {key: value for key, value in scope.items() if key != short_ways.KEY}
        token = current.set(span)
        try:
            await self._application(scope, receive, sending)
        finally:
            current.reset(token)
            if "http.response.status_code" not in span.values:
                span.failure = "the caller left before an answer"
            span.ended = time.time_ns()
            self._finished((span,))
