"""When a frame was computed, told in its answer as ``computed``: nanoseconds since 1970.

Only where the runner traces requests.
"""

from __future__ import annotations

import time
from typing import Any, Callable

from argosy_runner.worker import concurrent

Answer = Callable[[Any, bytes], Any]


def timed(answer: Answer) -> Answer:
    """``answer``, with its times."""

    def telling(header: dict[str, Any], body: bytes) -> Any:
        began = time.time_ns()
        told, parts = answer(header, body)
        told["computed"] = (began, time.time_ns())
        return told, parts

    return telling


class TimedServer(concurrent.Server):
    """Frames side by side, with the times of each."""

    async def _answer(self, number: int, header: dict[str, Any], body: bytes) -> Any:
        began = time.time_ns()
        told, parts = await super()._answer(number, header, body)
        told["computed"] = (began, time.time_ns())
        return told, parts
