"""One caller's key, as it is remembered: never its secret. No I/O here."""

from __future__ import annotations

from dataclasses import dataclass

from argosy.stack.model import Rate


@dataclass(frozen=True)
class Key:
    """``models`` are the names that it reaches, none for all. Times are seconds since 1970.

    ``rate`` is its own limit, instead of the stack's for every key.
    """

    id: str
    name: str
    models: tuple[str, ...] = ()
    rate: Rate | None = None
    created_at: float = 0.0
    expires_at: float | None = None
    revoked_at: float | None = None
