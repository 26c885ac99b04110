"""One caller's key, as it is remembered: never its secret. No I/O here."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from argosy.stack.model import Rate

EVERY_MODEL = "*"  # in a token, which must say so: one that says nothing is for nothing
KeyState = Literal["active", "expired", "revoked"]


def issuer_of(stack: str) -> str:
    """The ``iss`` of the tokens that a stack gives."""
    return f"argosy:{stack}"


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

    def state(self, now: float) -> KeyState:
        """Whether it opens anything at this time; a revoked key has not merely expired."""
        if self.revoked_at is not None:
            return "revoked"
        expired = self.expires_at is not None and self.expires_at <= now
        return "expired" if expired else "active"


@dataclass(frozen=True)
class WantedKey:
    """What a new key shall be; ``lifetime`` is in seconds, None for ever."""

    name: str
    models: tuple[str, ...] = ()
    rate: Rate | None = None
    lifetime: float | None = None


@dataclass(frozen=True)
class IssuedKey:
    """A new key with its token, which is told this once."""

    key: Key
    token: str = field(repr=False)
