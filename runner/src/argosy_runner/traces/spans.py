"""Spans, and the context in which they come: W3C Trace Context, level 1. No I/O here."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from typing import Literal

TRACEPARENT = re.compile(rb"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")
SAMPLED = 1
UNKNOWN_VERSION = b"ff"

Value = str | int | float | bool
Kind = Literal["internal", "server"]


class Span:
    """Something that took time. ``failure`` is why it failed, empty where it did not."""

    __slots__ = (
        "began", "ended", "failure", "kind", "name", "parent_id", "span_id", "trace_id", "values",
    )  # fmt: skip

    def __init__(
        self, name: str, trace_id: str, parent_id: str, began: int, kind: Kind = "internal"
    ) -> None:
        self.name = name
        self.trace_id = trace_id
        self.span_id = os.urandom(8).hex()
        self.parent_id = parent_id
        self.began = began
        self.ended = began
        self.kind = kind
        self.failure = ""
        self.values: dict[str, Value] = {}


Finished = Callable[[Iterable[Span]], None]
"""Takes spans that are over; must not block."""

current: ContextVar[Span | None] = ContextVar("current", default=None)
"""The span of the request that is being answered."""


def continued(traceparent: bytes, name: str, now: int) -> Span | None:
    """A span below the one that the header names; None where it names none, or is not sampled."""
    found = TRACEPARENT.fullmatch(traceparent)
    if found is None or found[1] == UNKNOWN_VERSION or (found[1] == b"00" and found[5]):
        return None
    if not int(found[4], 16) & SAMPLED or not int(found[2], 16) or not int(found[3], 16):
        return None
    return Span(name, found[2].decode(), found[3].decode(), now, "server")


def below(parent: Span, name: str, began: int, ended: int) -> Span:
    """A part of what ``parent`` took."""
    span = Span(name, parent.trace_id, parent.span_id, began)
    span.ended = ended
    return span
