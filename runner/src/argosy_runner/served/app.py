"""The HTTP face of a served engine's replica: what platforms ask. Callers ask the engine itself."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

import msgspec

from argosy_runner.problems import CONTENT_TYPE, Problem

if TYPE_CHECKING:
    from argosy_runner.served.replica import ServedReplica

JSON = b"application/json"
PATHS = ("/health", "/ready", "/metrics")


class ServedApp:
    """One replica's paths, as raw ASGI."""

    def __init__(self, replica: ServedReplica) -> None:
        self._replica = replica

    async def __call__(
        self,
        scope: dict[str, Any],
        receive: Callable[[], Awaitable[dict[str, Any]]],  # noqa: ARG002  ASGI's
        send: Callable[[dict[str, Any]], Awaitable[None]],
    ) -> None:
        """Answer one request."""
        headers: tuple[tuple[bytes, bytes], ...] = ()
        try:
            status, content_type, body = await self._get(scope["path"], scope["method"])
        except Problem as problem:
            status, content_type, body = problem.status, CONTENT_TYPE, problem.body
            headers = problem.headers
        lines = [(b"content-type", content_type), (b"content-length", b"%d" % len(body)), *headers]
        await send({"type": "http.response.start", "status": status, "headers": lines})
        await send({"type": "http.response.body", "body": body})

    async def _get(self, path: str, method: str) -> tuple[int, bytes, bytes]:
        if path not in PATHS:
            where = self._replica.settings.serve_at
            known = ", ".join(PATHS)
            raise Problem(404, f"only {known} are here; the engine itself answers at {where}")
        if method not in {"GET", "HEAD"}:
            allow = ((b"allow", b"GET, HEAD"),)
            raise Problem(405, f"{path} takes GET, HEAD, not {method}", headers=allow)
        if path == "/health":
            return 200, JSON, b'{"status": "alive"}'
        if path == "/metrics":
            return 200, *await self._replica.metrics()
        return self._ready()

    def _ready(self) -> tuple[int, bytes, bytes]:
        replica = self._replica
        body = {
            "ready": replica.ready,
            "state": replica.state,
            "reason": replica.reason,
            "cold_start": replica.cold_start,
            "worker_restarts": replica.worker_restarts,
        }
        return 200 if replica.ready else 503, JSON, msgspec.json.encode(body)
