"""The HTTP face of a replica: raw ASGI, nothing between a request and its protocol."""

from __future__ import annotations

import time
import traceback
from collections.abc import Awaitable, Callable
from functools import cached_property
from typing import TYPE_CHECKING

import msgspec

from argosy_runner import openapi
from argosy_runner.calls import ClientGone, Receive
from argosy_runner.exchange import JSON, Exchange, Headers, Scope, Send
from argosy_runner.problems import CONTENT_TYPE, Problem, wrong_method
from argosy_runner.protocols import Protocol
from argosy_runner.protocols.openai import OpenAI
from argosy_runner.protocols.predict import Predict

if TYPE_CHECKING:
    from argosy_runner.replica import Replica

Answer = tuple[int, bytes, bytes, Headers]

CLIENT_CLOSED_REQUEST = 499  # nginx's; only metrics see it


class App:
    """One replica's paths."""

    def __init__(self, replica: Replica) -> None:
        self._replica = replica
        self._predict = Predict(replica)
        self._max_body = replica.settings.max_body
        self._gets: dict[str, Callable[[], Answer]] = {
            "/health": self._health,
            "/ready": self._ready,
            "/metrics": self._metrics,
            "/openapi.json": lambda: openapi.answer(replica),
            "/docs": openapi.page,
        }
        self._protocols: tuple[tuple[str, Protocol], ...] = (("/v1/", OpenAI(replica)),)

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Answer one request."""
        path: str = scope["path"]
        if path == "/predict" and scope["method"] == "POST":
            return self._answer(self._predict, scope, receive, send)
        for prefix, protocol in self._protocols:
            if path.startswith(prefix):
                return self._answer(protocol, scope, receive, send)
        if path.startswith("/v2"):
            return self._answer(self._open_inference, scope, receive, send)
        return self._answer_get(Exchange({**scope, "headers": ()}, receive, send))

    @cached_property
    def _open_inference(self) -> Protocol:
        """Imported when first asked: it costs a start 8 ms."""
        from argosy_runner.protocols.open_inference import OpenInference  # noqa: PLC0415

        return OpenInference(self._replica)

    async def _answer(self, protocol: Protocol, scope: Scope, receive: Receive, send: Send) -> None:
        metrics = self._replica.metrics
        began = time.perf_counter()
        metrics.in_flight += 1
        exchange = None
        status = 500
        try:
            exchange = Exchange(scope, receive, send, self._max_body, began)
            await protocol.answer(exchange)
            status = exchange.status
        except ClientGone:
            status = CLIENT_CLOSED_REQUEST
        except Problem as problem:
            status = problem.status
            await self._refuse(protocol, problem, scope, receive, send)
        except Exception:
            self._replica.log.write(*traceback.format_exc().splitlines())
            if exchange is not None and exchange.status:
                raise  # the answer has begun: all that is left is to break it off
            fault = Problem(500, "a fault of Argosy's own; the replica's log has its traceback")
            await self._refuse(protocol, fault, scope, receive, send)
        finally:
            metrics.in_flight -= 1
            metrics.answered(protocol.name, status, time.perf_counter() - began)

    async def _refuse(
        self, protocol: Protocol, problem: Problem, scope: Scope, receive: Receive, send: Send
    ) -> None:
        content_type, body = protocol.error(problem)
        exchange = Exchange({**scope, "headers": ()}, receive, send)
        await exchange.answer(problem.status, content_type, body, problem.headers)

    async def _answer_get(self, exchange: Exchange) -> None:
        try:
            await exchange.answer(*self._get(exchange.scope))
        except Problem as problem:
            await exchange.answer(problem.status, CONTENT_TYPE, problem.body, problem.headers)

    def _get(self, scope: Scope) -> Answer:
        path, method = scope["path"], scope["method"]
        found = self._gets.get(path)
        if found is None and path != "/predict":
            paths = ", ".join([*self._gets, "/predict", "/v1/…", "/v2/…"])
            raise Problem(404, f"{path} is no path of this replica, which has {paths}")
        if found is None or method not in {"GET", "HEAD"}:
            raise wrong_method(path, method, "GET, HEAD" if found else "POST")
        return found()

    def _health(self) -> Answer:
        return 200, JSON, b'{"status": "alive"}', ()

    def _ready(self) -> Answer:
        replica = self._replica
        body = {
            "ready": replica.ready,
            "queueing": replica.queueing,
            "state": replica.state,
            "reason": replica.reason,
            "warning": replica.warning,
            "device": replica.device,
            "cold_start": replica.cold_start,
            "worker_restarts": replica.worker_restarts,
        }
        return 200 if replica.ready else 503, JSON, msgspec.json.encode(body), ()

    def _metrics(self) -> Answer:
        return 200, *self._replica.metrics.text(), ()
