"""What clients speak. One file each: it reads requests, asks the batcher, and writes answers."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from argosy_runner.exchange import Exchange
    from argosy_runner.problems import Problem


class Protocol:
    """How the requests of one protocol are answered. ``name`` is a label of the metrics."""

    name: ClassVar[str]

    async def answer(self, exchange: Exchange) -> None:
        """Answer one request. May raise `Problem`, until an answer has begun, and `ClientGone`."""
        raise NotImplementedError

    def error(self, problem: Problem) -> tuple[bytes, bytes]:
        """The content type and body that tell of a problem."""
        raise NotImplementedError
