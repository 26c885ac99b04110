"""One question of a suite, and what is expected of its answer. No I/O here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

Protocol = Literal["predict", "chat", "completions", "infer"]


@dataclass(frozen=True)
class Item:
    """``fields`` are the body's, as the suite has them; ``file`` is sent as it is in their place.

    ``has_expected`` tells an expected null from none. ``line`` counts from 1.
    """

    id: str
    protocol: Protocol
    fields: Mapping[str, Any] = field(default_factory=dict)
    file: Path | None = None
    expected: Any = None
    has_expected: bool = True
    tags: tuple[str, ...] = ()
    weight: float = 1.0
    line: int = 0
