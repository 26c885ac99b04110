"""The shape of limits in the stack file. No I/O here."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from argosy.stack.model import Rate
from argosy.stack.shape import Shape
from argosy.stack.values import Number, PerTime

MOST = 1_000_000_000
BURST = (
    "The most requests at once after a pause; they come back at the rate. Without it, as many as "
    "the rate says."
)


class LimitsShape(Shape):
    """What one caller may ask for."""

    per_key: Annotated[Rate, PerTime()] | None = Field(
        default=None,
        description="Requests of each key, as long as the key has no rate of its own. Beyond, 429 "
        "with `Retry-After`.",
        examples=["20/s"],
    )
    per_address: Annotated[Rate, PerTime()] | None = Field(
        default=None,
        description="Requests of each address, with a key or without.",
        examples=["100/min"],
    )
    burst: Annotated[int, Number(least=1, most=MOST, whole=True)] | None = Field(
        default=None,
        description=f"Of `per_key` and `per_address`. {BURST}",
        examples=[40],
    )
    concurrency: Annotated[int, Number(least=1, most=1000000, whole=True)] | None = Field(
        default=None,
        description="Requests in flight of each key; of each address where callers have no key.",
        examples=[8],
    )
    tokens_per_minute: Annotated[int, Number(least=1, most=MOST, whole=True)] | None = Field(
        default=None,
        description="Tokens of language models that a key may use up in each minute of the clock, "
        "by the `usage` of the answers below `/v1/`. The request that goes beyond is still "
        "answered, the next is not.",
        examples=[100000],
    )
    tokens_per_day: Annotated[int, Number(least=1, most=MOST, whole=True)] | None = Field(
        default=None,
        description="The same for each day, which begins at midnight UTC.",
        examples=[2000000],
    )


class ModelLimitsShape(Shape):
    """What all callers together may ask of a model."""

    rate: Annotated[Rate, PerTime()] | None = Field(
        default=None,
        description="Requests of all callers together. Beyond, 429 with `Retry-After`.",
        examples=["200/s"],
    )
    burst: Annotated[int, Number(least=1, most=MOST, whole=True)] | None = Field(
        default=None,
        description=f"Of `rate`. {BURST}",
        examples=[400],
    )
    concurrency: Annotated[int, Number(least=1, most=1000000, whole=True)] | None = Field(
        default=None,
        description="Requests in flight, of all callers together.",
        examples=[32],
    )
