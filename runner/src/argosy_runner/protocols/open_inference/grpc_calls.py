"""What every gRPC call of a replica shares: it is counted, and inferred together with others."""

from __future__ import annotations

import asyncio
import contextlib
import time
import traceback
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from argosy_runner.calls import USUAL, Asker, Terms
from argosy_runner.exchange import urgency
from argosy_runner.problems import Problem
from argosy_runner.protocols.open_inference.contents import inquiry_of, response_of
from argosy_runner.protocols.open_inference.together import Together

if TYPE_CHECKING:
    from argosy_runner.protocols.open_inference.inference import Inference
    from argosy_runner.replica import Replica

NAME = "open_inference_grpc"
CANCELLED = 499


class Calls:
    """Of one replica."""

    def __init__(self, replica: Replica, inference: Inference) -> None:
        self.metrics = replica.metrics
        self._log = replica.log
        self._inference = inference
        self._together = Together()

    async def infer(self, request: Any, asker: Asker) -> Any:
        """The ModelInferResponse to a ModelInferRequest. Raises `Problem`."""
        inference = self._inference
        inference.find(request.model_name, request.model_version)
        inquiry = inquiry_of(request)
        if self.metrics.in_flight > 1:
            await self._together.wait()
        outputs = await inference.infer(inquiry, asker)
        return response_of(inference, inquiry, outputs)

    @contextlib.contextmanager
    def counting(self) -> Iterator[None]:
        """Around the answer to one request. What is no `Problem` becomes one."""
        began = time.perf_counter()
        self.metrics.in_flight += 1
        status = 500
        try:
            yield
            status = 200
        except Problem as problem:
            status = problem.status
            raise
        except (asyncio.CancelledError, GeneratorExit):
            status = CANCELLED
            raise
        except Exception as error:
            self._log.write(*traceback.format_exc().splitlines())
            text = "a fault of Argosy's own; the replica's log has its traceback"
            raise Problem(500, text) from error
        finally:
            self.metrics.in_flight -= 1
            self.metrics.answered(NAME, status, time.perf_counter() - began)


def asker(context: Any) -> Asker:
    """Who makes this call, by its metadata or its address, and how long it would wait."""
    caller, urgent = None, USUAL
    for name, value in context.invocation_metadata():
        if name == "x-argosy-caller":
            caller = value.encode()
        elif name == "priority":
            urgent = urgency(value.encode())
    if caller is None:
        caller = context.peer().rpartition(":")[0]
    return Terms(never, context.time_remaining(), caller, urgent)


def name_of(asked: str, own: str, context: Any) -> str:
    """The model that a call asks for: for an alias that the gateway knows, its ``own`` name."""
    if asked != own and ("x-argosy-alias", asked) in context.invocation_metadata():
        return own
    return asked


async def never() -> dict[str, Any]:
    """ASGI's ``receive`` of a call: that its client has left is told by a cancellation."""
    await asyncio.get_running_loop().create_future()
    return {}
