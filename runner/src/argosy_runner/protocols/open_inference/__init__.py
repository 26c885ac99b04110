"""The Open Inference Protocol, version 2: tensors by name, over REST and gRPC.

KServe's protocol (https://github.com/kserve/open-inference-protocol) with Triton's binary tensor
data extension and ModelStreamInfer. gRPC is `service`, which nothing else here imports: it costs
15 MB and 30 ms where it is not asked for.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import msgspec

from argosy_runner.exchange import JSON
from argosy_runner.problems import Problem
from argosy_runner.protocols import Protocol
from argosy_runner.protocols.open_inference import requests
from argosy_runner.protocols.open_inference.inference import Inference, ready_or_why

if TYPE_CHECKING:
    from argosy_runner.exchange import Exchange
    from argosy_runner.protocols.open_inference.requests import Request
    from argosy_runner.protocols.open_inference.tensors import Tensor
    from argosy_runner.replica import Replica

encode = msgspec.json.Encoder().encode
OCTETS = b"application/octet-stream"
PATHS = "/v2, /v2/health/live, /v2/health/ready, /v2/models/<model>[/versions/<v>][/ready|/infer]"


class OpenInference(Protocol):
    """Everything below ``/v2``."""

    name = "open_inference"

    def __init__(self, replica: Replica) -> None:
        self._inference = Inference(replica)
        self._max_body = replica.settings.max_body
        self._infer_path = f"/v2/models/{self._inference.name}/infer"

    async def answer(self, exchange: Exchange) -> None:
        """One request."""
        path = exchange.scope["path"]
        if path == self._infer_path or path.endswith("/infer"):
            if path != self._infer_path:
                self._find(path.removesuffix("/infer"))
            _only(exchange, "POST")
            await self._infer(exchange)
        else:
            answer = self._told(path)
            _only(exchange, "GET", "HEAD")
            await exchange.answer(200, JSON, encode(answer))

    def error(self, problem: Problem) -> tuple[bytes, bytes]:
        """``{"error": …}``."""
        return JSON, encode({"error": problem.detail})

    def _told(self, path: str) -> dict[str, Any]:
        """The answer to a GET. Raises `Problem` 404 and 503."""
        inference = self._inference
        if path in {"/v2", "/v2/"}:
            return inference.server
        if path == "/v2/health/live":
            return {"live": True}
        if path == "/v2/health/ready":
            ready_or_why(inference.replica)
            return {"ready": True}
        if path.endswith("/ready"):
            self._find(path.removesuffix("/ready"))
            ready_or_why(inference.replica)
            return {"name": inference.name, "ready": True}
        self._find(path)
        return inference.metadata()

    def _find(self, path: str) -> None:
        """Raises `Problem` 404 unless it is a path of this replica's model."""
        parts = path.split("/")[1:]
        if parts[:2] == ["v2", "models"]:
            if len(parts) == 3:
                return self._inference.find(parts[2])
            if len(parts) == 5 and parts[3] == "versions" and parts[4]:
                return self._inference.find(parts[2], parts[4])
        raise Problem(404, f"{path} is no path of this protocol, which has {PATHS}")

    async def _infer(self, exchange: Exchange) -> None:
        body = await exchange.body()
        if encoding := exchange.header(b"content-encoding"):
            body = await asyncio.to_thread(requests.inflate, body, encoding, self._max_body)
        request = requests.parse(body, exchange.header(b"inference-header-content-length"))
        outputs = await self._inference.infer(request.inquiry, exchange)
        head, parts = self._written(request, outputs)
        if not parts:
            await exchange.answer(200, JSON, head)
            return
        length = (b"inference-header-content-length", b"%d" % len(head))
        await exchange.answer(200, OCTETS, b"".join([head, *parts]), (length,))

    def _written(self, request: Request, outputs: Sequence[Tensor]) -> tuple[bytes, list[Any]]:
        """The JSON, and the bytes that follow it."""
        told, parts = [], []
        for output in outputs:
            each: dict[str, Any] = {
                "name": output.name,
                "datatype": output.datatype,
                "shape": output.shape,
            }
            if request.is_binary(output.name):
                parts.append(output.raw)
                each["parameters"] = {"binary_data_size": len(parts[-1])}
            else:
                each["data"] = msgspec.Raw(output.json())
            told.append(each)
        inquiry = request.inquiry
        answer: dict[str, Any] = {
            "model_name": self._inference.name,
            "model_version": self._inference.version,
        }
        if inquiry.id:
            answer["id"] = inquiry.id
        if echoed := inquiry.echoed:
            answer["parameters"] = echoed
        return encode({**answer, "outputs": told}), parts


def _only(exchange: Exchange, *methods: str) -> None:
    """Raises `Problem` 405."""
    asked = exchange.scope["method"]
    if asked not in methods:
        allowed = ", ".join(methods)
        headers = ((b"allow", allowed.encode()),)
        raise Problem(
            405, f"{exchange.scope['path']} takes {allowed}, not {asked}", headers=headers
        )
