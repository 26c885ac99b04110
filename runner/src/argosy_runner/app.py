"""The HTTP face of a replica: raw ASGI, nothing between a request and the batcher."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import msgspec

from argosy_runner.batch import CLIENT_GONE
from argosy_runner.problems import CONTENT_TYPE, Problem
from argosy_runner.protocols import predict

if TYPE_CHECKING:
    from argosy_runner.replica import Replica

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Answer = tuple[int, bytes, bytes]

JSON = b"application/json"


class ClientGone(Exception):
    """Nobody waits for the answer."""


class App:
    """One replica's paths."""

    def __init__(self, replica: Replica) -> None:
        self._replica = replica
        self._predict = predict.Predict(replica)
        self._max_body = replica.settings.max_body
        self._gets = {"/health": self._health, "/ready": self._ready, "/metrics": self._metrics}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        try:
            if scope["path"] == "/predict" and scope["method"] == "POST":
                await self._answer_predict(scope, receive, send)
            else:
                await _send(send, *self._get(scope))
        except Problem as problem:
            await _send(send, problem.status, CONTENT_TYPE, problem.body, problem.headers)
        except ClientGone:
            return

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
            body = message.get("body", b"")
            if message.get("more_body"):
                body = await self._rest(body, receive)
            elif message["type"] != "http.request":
                raise ClientGone
            answer = await self._predict.answer(content_type, body, lambda: _gone(receive))
            await _send(send, 200, JSON, answer)
        except Problem as problem:
            if problem is CLIENT_GONE:
                raise ClientGone from None
            status = problem.status
            await _send(send, status, CONTENT_TYPE, problem.body, problem.headers)
        finally:
            metrics.in_flight -= 1
            metrics.requests["predict", status] += 1
            metrics.request_seconds.observe(time.perf_counter() - began)

    async def _rest(self, body: bytes, receive: Receive) -> bytes:
        parts, size = [body], len(body)
        while True:
            message = await receive()
            if message["type"] != "http.request":
                raise ClientGone
            parts.append(message.get("body", b""))
            size += len(parts[-1])
            if size > self._max_body:
                raise self._too_large()
            if not message.get("more_body"):
                return b"".join(parts)

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


async def _gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


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
