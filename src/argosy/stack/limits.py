"""Limits as the stack file has them → as everything after it trusts them. No I/O here."""

from __future__ import annotations

from dataclasses import replace

from argosy.stack.document import Document, Keys
from argosy.stack.limit_shapes import LimitsShape, ModelLimitsShape
from argosy.stack.model import Limits, ModelLimits, Rate
from argosy.stack.schema import StackShape

OF_KEYS = ("per_key", "tokens_per_minute", "tokens_per_day")


def check(document: Document, shape: StackShape) -> None:
    """A limit that nothing would ever count is a mistake."""
    path = ("gateway", "limits")
    limits = shape.gateway.limits
    if not (limits.per_key or limits.per_address):
        _check_burst(document, path, limits.burst, "per_key: 20/s")
    for name, model in shape.models.items():
        if not model.limits.rate:
            where = ("models", name, "limits")
            _check_burst(document, where, model.limits.burst, "rate: 20/s")
    for key in OF_KEYS:
        if getattr(limits, key) is not None and shape.gateway.keys == "none":
            what = "nothing would be counted: `keys: none` says that callers have no key"
            step = "Leave one of them out; `per_address` counts without keys."
            document.problem(document.place((*path, key)).key, (*path, key), what, step)


def of_caller(shape: LimitsShape) -> Limits:
    """Those of the gateway."""
    return Limits(
        per_key=_rate(shape.per_key, shape.burst),
        per_address=_rate(shape.per_address, shape.burst),
        concurrency=shape.concurrency,
        tokens_per_minute=shape.tokens_per_minute,
        tokens_per_day=shape.tokens_per_day,
    )


def of_model(shape: ModelLimitsShape) -> ModelLimits:
    """Those of one model."""
    return ModelLimits(_rate(shape.rate, shape.burst), shape.concurrency)


def _rate(rate: Rate | None, burst: int | None) -> Rate | None:
    return rate and replace(rate, burst=burst)


def _check_burst(document: Document, path: Keys, burst: int | None, example: str) -> None:
    if burst is None:
        return
    if any(document.is_faulty((*path, key)) for key in ("per_key", "per_address", "rate")):
        return
    place = document.place((*path, "burst"))
    what = "is the burst of a rate, and no rate is given"
    document.problem(place.key, (*path, "burst"), what, f"Write `{example}` beside it.")
