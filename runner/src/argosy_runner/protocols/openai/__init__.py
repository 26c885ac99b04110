"""OpenAI's API: chat, completions, embeddings, models (platform.openai.com/docs/api-reference).

Of a request, fields that nobody here knows are ignored, as they are by other servers of this API.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import msgspec

from argosy_runner.exchange import JSON
from argosy_runner.problems import Problem, wrong_method
from argosy_runner.protocols import Protocol
from argosy_runner.protocols.openai.embeddings import Embeddings
from argosy_runner.protocols.openai.text import Chat, Completions

if TYPE_CHECKING:
    from argosy_runner.exchange import Exchange
    from argosy_runner.replica import Replica

TYPES = {
    429: "rate_limit_error",
    500: "server_error",
    503: "server_error",
    504: "server_error",
}


class OpenAI(Protocol):
    """Everything below ``/v1/``."""

    name = "openai"

    def __init__(self, replica: Replica) -> None:
        self._replica = replica
        self._posts: dict[str, Any] = {
            "/v1/chat/completions": Chat(replica, error),
            "/v1/completions": Completions(replica, error),
            "/v1/embeddings": Embeddings(replica),
        }
        self._created = int(time.time())

    async def answer(self, exchange: Exchange) -> None:
        """One request."""
        path, http_method = exchange.scope["path"], exchange.scope["method"]
        endpoint = self._posts.get(path)
        if endpoint is not None:
            if http_method != "POST":
                raise wrong_method(path, http_method, "POST")
            body = await exchange.body()
            if (refusal := self._replica.refuse()) is not None:
                raise refusal
            await endpoint.answer(exchange, body)
        elif path == "/v1/models" or path.startswith("/v1/models/"):
            if http_method not in {"GET", "HEAD"}:
                raise wrong_method(path, http_method, "GET, HEAD")
            await self._models(exchange, path.removeprefix("/v1/models").removeprefix("/"))
        else:
            paths = ", ".join([*self._posts, "/v1/models"])
            raise Problem(404, f"{path} is no path of this replica, which has {paths}")

    def error(self, problem: Problem) -> tuple[bytes, bytes]:
        """OpenAI's error object."""
        return JSON, error(problem)

    async def _models(self, exchange: Exchange, wanted: str) -> None:
        name = self._replica.settings.model
        model = {"id": name, "object": "model", "created": self._created, "owned_by": "argosy"}
        if not wanted:
            answer: object = {"object": "list", "data": [model]}
        elif wanted == name:
            answer = model
        else:
            raise Problem(404, f"no model {wanted!r}; this is {name!r}", code="model_not_found")
        await exchange.answer(200, JSON, msgspec.json.encode(answer))


def error(problem: Problem) -> bytes:
    """``{"error": {"message", "type", "param", "code"}}``."""
    told = {
        "message": problem.detail,
        "type": TYPES.get(problem.status, "invalid_request_error"),
        "param": problem.members.get("param"),
        "code": problem.members.get("code"),
    }
    return msgspec.json.encode({"error": told})
