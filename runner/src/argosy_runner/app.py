"""The HTTP face of a replica: raw ASGI, nothing between a request and the batcher."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import msgspec

from argosy_runner.batch import ClientGone
from argosy_runner.problems import CONTENT_TYPE, Problem
from argosy_runner.protocols import predict

if TYPE_CHECKING:
    from argosy_runner.replica import Replica

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Answer = tuple[int, bytes, bytes]

JSON = b"application/json"
CLIENT_CLOSED_REQUEST = 499  # nginx's; only metrics see it


class App:
    """One replica's paths."""

    def __init__(self, replica: Replica) -> None:
        self._replica = replica
        self._predict = predict.Predict(replica)
        self._max_body = replica.settings.max_body
        self._gets = {"/health": self._health, "/ready": self._ready, "/metrics": self._metrics}

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Answer one request."""
        if scope["path"] == "/predict" and scope["method"] == "POST":
            return self._answer_predict(scope, receive, send)
        return self._answer_get(scope, send)

    async def _answer_get(self, scope: Scope, send: Send) -> None:
        try:
            await _send(send, *self._get(scope))
        except Problem as problem:
            await _send(send, problem.status, CONTENT_TYPE, problem.body, problem.headers)

    async def _answer_predict(self, scope: Scope, receive: Receive, send: Send) -> None:
        metrics = self._replica.metrics
        began = time.perf_counter()
        metrics.in_flight += 1
        status = 200
        try:
            content_type = b""
            for name, value in scope["headers"]:
                if name == b"content-type":
                    content_type = value
                elif name == b"content-length" and int(value) > self._max_body:
                    raise self._too_large()
            message = await receive()
            if message["type"] == "http.request" and not message["more_body"]:
                body = message["body"]
            else:
                body = await self._rest(message, receive)
            answer = await self._predict.answer(content_type, body, receive)
            await _send(send, 200, JSON, answer)
        except ClientGone:
            status = CLIENT_CLOSED_REQUEST
        except Problem as problem:
            status = problem.status
            await _send(send, status, CONTENT_TYPE, problem.body, problem.headers)
        finally:
            metrics.in_flight -= 1
            metrics.requests["predict", status] += 1
            metrics.request_seconds.observe(time.perf_counter() - began)

    async def _rest(self, message: dict[str, Any], receive: Receive) -> bytes:
        parts, size = [], 0
        while message["type"] == "http.request":
            parts.append(message["body"])
            size += len(parts[-1])
            if size > self._max_body:
                raise self._too_large()
            if not message["more_body"]:
                return b"".join(parts)
            message = await receive()
        raise ClientGone

    def _too_large(self) -> Problem:
        return Problem(
            413,
            f"a body may have {self._max_body} bytes at most",
            headers=((b"connection", b"close"),),
        )

    def _get(self, scope: Scope) -> Answer:
        path, method = scope["path"], scope["method"]
        found = self._gets.get(path)
        if found is None and path != "/predict":
            paths = ", ".join([*self._gets, "/predict"])
            raise Problem(404, f"{path} is no path of this replica, which has {paths}")
        if found is None or method not in {"GET", "HEAD"}:
            allowed = "GET, HEAD" if found else "POST"
            raise Problem(
                405,
                f"{path} takes {allowed}, not {method}",
                headers=((b"allow", allowed.encode()),),
            )
        return found()

    def _health(self) -> Answer:
        return 200, JSON, b'{"status": "alive"}'

    def _ready(self) -> Answer:
        replica = self._replica
        body = {
            "ready": replica.ready,
            "state": replica.state,
            "reason": replica.reason,
            "cold_start": replica.cold_start,
            "worker_restarts": replica.worker_restarts,
        }
        return 200 if replica.ready else 503, JSON, msgspec.json.encode(body)

    def _metrics(self) -> Answer:
        return 200, *self._replica.metrics.text()


async def _send(
    send: Send,
    status: int,
    content_type: bytes,
    body: bytes,
    headers: tuple[tuple[bytes, bytes], ...] = (),
) -> None:
    await send(
        {
            "type": "http.response.start",
            "status": status,
            "headers": [
                (b"content-type", content_type),
                (b"content-length", b"%d" % len(body)),
                *headers,
            ],
        }
    )
    await send({"type": "http.response.body", "body": body})
