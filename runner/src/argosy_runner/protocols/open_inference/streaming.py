"""``ModelStreamInfer``: many requests on one call, answered in their order.

A model that answers piece by piece answers each request with a response for each piece; any other
with one response. Requests are asked as they come, so that rows of several are computed together.
What goes wrong with one is told in its place as ``error_message``, and the call goes on.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from typing import TYPE_CHECKING, Any

from argosy_runner.metrics import Timing
from argosy_runner.problems import Problem
from argosy_runner.protocols.open_inference.contents import (
    inquiry_of,
    response_of,
    set_parameter,
)
from argosy_runner.protocols.open_inference.grpc_calls import asker, name_of
from argosy_runner.protocols.open_inference.messages import CLASSES, message

if TYPE_CHECKING:
    from argosy_runner.calls import Asker
    from argosy_runner.protocols.open_inference.grpc_calls import Calls
    from argosy_runner.protocols.open_inference.inference import Inference, Inquiry

AHEAD = 64
FINAL = "triton_final_response"
WANTS_FINAL = "triton_enable_empty_final_response"

StreamResponse = CLASSES["ModelStreamInferResponse"]
Response = CLASSES["ModelInferResponse"]
Answer = Callable[[], AsyncGenerator[Any]]


class Conversation:
    """One call of a client. What it has asked and not yet read is forgotten when it leaves."""

    def __init__(self, calls: Calls, inference: Inference, context: Any) -> None:
        self._calls = calls
        self._inference = inference
        self._context = context
        self._cancels: set[Callable[[], Any]] = set()

    async def answers(self, requests: AsyncIterator[bytes]) -> AsyncGenerator[Any]:
        """Every response, as soon as it and all before it are there."""
        begun: asyncio.Queue[Answer | None] = asyncio.Queue(AHEAD)
        reader = asyncio.ensure_future(self._read(requests, begun))
        try:
            while (answer := await begun.get()) is not None:
                async with contextlib.aclosing(answer()) as responses:
                    async for response in responses:
                        yield response
            await reader
        finally:
            reader.cancel()
            for cancel in self._cancels:
                cancel()
            await asyncio.gather(reader, return_exceptions=True)

    async def _read(
        self, requests: AsyncIterator[bytes], begun: asyncio.Queue[Answer | None]
    ) -> None:
        """Ask what comes, until the client has no more."""
        try:
            async for data in requests:
                await begun.put(self._begin(data))
        finally:
            await begun.put(None)

    def _begin(self, data: bytes) -> Answer:
        """Ask, and say how the answer will be had. Streams are asked in turn."""
        try:
            request = message("ModelInferRequest", data)
        except Problem as problem:
            wrong = problem
            return lambda: self._unread(wrong)
        told = asker(self._context)
        request.model_name = name_of(request.model_name, self._inference.name, self._context)
        if self._inference.streams:
            return lambda: self._pieces(request, told)
        task = asyncio.ensure_future(self._infer(request, told))
        self._cancels.add(task.cancel)
        return lambda: self._whole(request, task)

    async def _infer(self, request: Any, told: Asker) -> Any:
        with self._calls.counting():
            return await self._calls.infer(request, told)

    async def _whole(self, request: Any, task: asyncio.Future[Any]) -> AsyncGenerator[Any]:
        try:
            yield StreamResponse(infer_response=await task)
        except Problem as problem:
            yield _failed(request, problem)
        finally:
            self._cancels.discard(task.cancel)

    async def _pieces(self, request: Any, told: Asker) -> AsyncGenerator[Any]:
        timing = Timing(self._calls.metrics, time.perf_counter())
        try:
            with self._calls.counting():
                self._inference.find(request.model_name, request.model_version)
                inquiry = inquiry_of(request)
                stream = self._inference.open(inquiry, told)
                try:
                    async for piece in stream:
                        timing.token()
                        yield self._response(inquiry, piece)
                finally:
                    stream.cancel()
                if inquiry.parameters.get(WANTS_FINAL) is True:
                    yield self._response(inquiry, None)
        except Problem as problem:
            yield _failed(request, problem)

    async def _unread(self, problem: Problem) -> AsyncGenerator[Any]:
        with contextlib.suppress(Problem), self._calls.counting():
            raise problem
        yield StreamResponse(error_message=problem.detail, infer_response=Response())

    def _response(self, inquiry: Inquiry, piece: bytes | None) -> Any:
        """Of a piece; of the end without one."""
        outputs = () if piece is None else self._inference.piece(inquiry, piece)
        response = response_of(self._inference, inquiry, outputs)
        set_parameter(response, FINAL, piece is None)
        return StreamResponse(infer_response=response)


def _failed(request: Any, problem: Problem) -> Any:
    told = Response(id=request.id, model_name=request.model_name)
    return StreamResponse(error_message=problem.detail, infer_response=told)
