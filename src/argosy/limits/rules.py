"""Which limits a request is under. No I/O here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from argosy.adapters import Adapter
from argosy.stack.model import Rate, RedisFailure

MINUTE, DAY = 60.0, 86400.0
Kind = Literal["rate", "concurrency", "tokens"]


@dataclass(frozen=True)
class Limit:
    """One thing to count. ``name`` is the key of the stack file, ``key`` where it is counted.

    ``most``: requests at once, requests in flight, or tokens in a window. ``seconds``: until
    another request may come, of a rate; the length of the window, of tokens.
    """

    kind: Kind
    name: str
    key: str
    most: int
    seconds: float = 0.0


@dataclass(frozen=True)
class Asked:
    """What is known of a request. ``key`` is empty for callers without one.

    ``length`` are the bytes of its body, where it says so. What is ``metered`` uses up tokens.
    """

    model: str
    key: str = ""
    address: str = ""
    length: int = 0
    metered: bool = False


@dataclass(frozen=True)
class Rules:
    """The limits of a stack that the service counts, and where it does so.

    ``key_rates`` are those of keys that have one of their own.
    """

    stack: str
    per_key: Rate | None = None
    per_address: Rate | None = None
    key_rates: Mapping[str, Rate] = field(default_factory=dict)
    model_rates: Mapping[str, Rate] = field(default_factory=dict)
    concurrency: int | None = None
    model_concurrency: Mapping[str, int] = field(default_factory=dict)
    tokens_per_minute: int | None = None
    tokens_per_day: int | None = None
    redis: str | None = None
    redis_failure: RedisFailure = "allow"

    def limits(self, asked: Asked) -> tuple[Limit, ...]:
        """Those of one request; the caller's own come first."""
        budgets = self.budgets(asked.key) if asked.metered else ()
        return (*self._rates(asked), *self._concurrency(asked), *budgets)

    def budgets(self, key: str) -> tuple[Limit, ...]:
        """What the key may use up."""
        if not key:
            return ()
        every = (
            ("tokens_per_minute", self.tokens_per_minute, MINUTE),
            ("tokens_per_day", self.tokens_per_day, DAY),
        )
        return tuple(
            Limit("tokens", f"gateway.limits.{name}", f"{name}:{key}", most, seconds)
            for name, most, seconds in every
            if most is not None
        )

    def _rates(self, asked: Asked) -> tuple[Limit, ...]:
        of_key = self.key_rates.get(asked.key, self.per_key) if asked.key else None
        model = asked.model
        every = (
            ("gateway.limits.per_key", f"per_key:{asked.key}", of_key),
            ("gateway.limits.per_address", f"per_address:{asked.address}", self.per_address),
            (f"models.{model}.limits.rate", f"rate:{model}", self.model_rates.get(model)),
        )
        return tuple(
            Limit("rate", name, key, rate.burst or rate.requests, rate.seconds / rate.requests)
            for name, key, rate in every
            if rate
        )

    def _concurrency(self, asked: Asked) -> tuple[Limit, ...]:
        caller = f"key:{asked.key}" if asked.key else f"address:{asked.address}"
        model = asked.model
        of_model = self.model_concurrency.get(model)
        every = (
            ("gateway.limits.concurrency", f"concurrency:{caller}", self.concurrency),
            (f"models.{model}.limits.concurrency", f"concurrency:model:{model}", of_model),
        )
        return tuple(
            Limit("concurrency", name, key, most) for name, key, most in every if most is not None
        )


RULES = Adapter(Rules)
