"""What Envoy asks: `ShouldRateLimit` of Envoy's rate-limit protocol, version 3.

Envoy asks when a request comes, and once more when its answer has ended. What it asks is in the
entries of a descriptor, `ask` first (`argosy.gateway.resources.counting` has Envoy say so). To a
request that is to be settled it gets a lease, as metadata, and tells it at the end.
"""

from __future__ import annotations

import asyncio
import logging
import math
import time
import uuid
from collections import Counter as Tally
from collections.abc import Sequence
from typing import Any

import grpc
import grpc.aio
from envoy.config.core.v3.base_pb2 import HeaderValue
from envoy.service.ratelimit.v3.rls_pb2 import RateLimitRequest, RateLimitResponse

from argosy.limits.counter import Away, Counter, Memory, Verdict
from argosy.limits.rules import RULES, Asked, Limit, Rules

SERVICE = "envoy.service.ratelimit.v3.RateLimitService"
CONTROL = "argosy.Limits"
RENEW_SECONDS = 5.0
GRACE = 0.02  # the end of a request is told a moment after its answer
LONGEST = 6 * 3600.0  # a request whose end nobody told counts as in flight no longer
BYTES_OF_EVENT = 200  # an event of a stream is about one token, and about so long
BYTES_OF_TOKEN = 4
TOLD = {"rate": "", "tokens": "-tokens"}
log = logging.getLogger("argosy.limits")


class Service:
    """Counts by the rules that it was told last."""

    def __init__(self) -> None:
        self._rules = Rules("")
        self._counter: Counter = Memory()
        self._leases: dict[str, tuple[float, Asked, Sequence[Limit]]] = {}
        self._refusals: Tally[str] = Tally()
        self._uncounted: Tally[str] = Tally()
        self._tokens: Tally[str] = Tally()

    def handlers(self) -> tuple[Any, ...]:
        """For a gRPC server: what Envoy asks, and what the gateway does."""
        asked = grpc.unary_unary_rpc_method_handler(
            self._should_rate_limit,
            request_deserializer=RateLimitRequest.FromString,
            response_serializer=RateLimitResponse.SerializeToString,
        )
        control = {
            "Configure": grpc.unary_unary_rpc_method_handler(self._configure),
            "Forget": grpc.unary_unary_rpc_method_handler(self._forget),
            "Metrics": grpc.unary_unary_rpc_method_handler(self._metrics),
        }
        return (
            grpc.method_handlers_generic_handler(SERVICE, {"ShouldRateLimit": asked}),
            grpc.method_handlers_generic_handler(CONTROL, control),
        )

    async def configure(self, rules: Rules) -> None:
        """Count by these rules from now on; what was counted stays, in the same place."""
        before, self._rules = self._rules, rules
        if (rules.redis, rules.stack) == (before.redis, before.stack):
            return
        old, self._counter = self._counter, await _counter(rules)
        await old.close()

    async def keep_leases(self) -> None:
        """Renew what is held, for ever."""
        while True:
            await asyncio.sleep(RENEW_SECONDS)
            oldest = time.monotonic() - LONGEST
            self._leases = {lease: held for lease, held in self._leases.items() if held[0] > oldest}
            try:
                await self._counter.renew({name: held[2] for name, held in self._leases.items()})
            except Away:
                continue

    async def close(self) -> None:
        """Count no more."""
        await self._counter.close()

    async def _should_rate_limit(self, request: Any, context: grpc.aio.ServicerContext) -> Any:
        told = [
            ({entry.key: entry.value for entry in one.entries}, one.hits_addend.value)
            for one in request.descriptors
        ]
        response = RateLimitResponse(overall_code=RateLimitResponse.OK)
        for entries, hits in told:
            if entries.get("ask") == "settle":
                await self._settle(entries, hits)
            elif not await self._admit(entries, response):
                await context.abort(grpc.StatusCode.UNAVAILABLE, "nobody can count now")
        return response

    async def _admit(self, entries: dict[str, str], response: Any) -> bool:
        """Whether the response holds an answer; not while nobody counts and that is to deny."""
        asked = Asked(
            model=entries.get("model", ""),
            key=entries.get("key", ""),
            address=entries.get("masked_remote_address", ""),
            metered="metered" in entries,
            length=int(length) if (length := entries.get("length", "")).isdigit() else 0,
        )
        limits = self._rules.limits(asked)
        if not limits:
            return True
        lease = uuid.uuid4().hex
        try:
            verdict = await self._counter.admit(limits, lease)
            if verdict.refused and verdict.refused.limit.kind == "concurrency":
                await asyncio.sleep(GRACE)
                verdict = await self._counter.admit(limits, lease)
        except Away:
            self._uncounted[self._rules.redis_failure] += 1
            return self._rules.redis_failure == "allow"
        response.response_headers_to_add.extend(_headers(verdict))
        if verdict.refused:
            self._refusals[verdict.refused.limit.name] += 1
            response.overall_code = RateLimitResponse.OVER_LIMIT
        elif any(limit.kind != "rate" for limit in limits):
            self._leases[lease] = (time.monotonic(), asked, limits)
            response.dynamic_metadata["lease"] = lease
        return True

    async def _settle(self, entries: dict[str, str], sent: int) -> None:
        lease = entries.get("lease", "")
        key = entries.get("key", "")
        # A lease of before a restart is not known, but the tokens are still to be paid.
        unknown = (0.0, Asked("", key), self._rules.budgets(key))
        _, asked, limits = self._leases.pop(lease, unknown)
        tokens = _tokens(entries, sent, asked.length)
        self._tokens[asked.model] += tokens
        try:
            await self._counter.settle(limits, lease, tokens)
        except Away:
            self._uncounted["settle"] += 1

    async def _configure(self, request: bytes, _context: grpc.aio.ServicerContext) -> bytes:
        await self.configure(RULES.validate_json(request))
        return b""

    async def _forget(self, _request: bytes, _context: grpc.aio.ServicerContext) -> bytes:
        """Envoy has ended, and with it all requests; it will not say so."""
        for lease in list(self._leases):
            await self._settle({"lease": lease}, 0)
        return b""

    async def _metrics(self, _request: bytes, _context: grpc.aio.ServicerContext) -> bytes:
        away = getattr(self._counter, "away", False)
        lines = [
            *_metric("argosy_limits_refused_total", "counter", "limit", self._refusals),
            *_metric("argosy_limits_uncounted_total", "counter", "then", self._uncounted),
            *_metric("argosy_limits_tokens_total", "counter", "model", self._tokens),
            "# TYPE argosy_limits_in_flight gauge",
            f"argosy_limits_in_flight {len(self._leases)}",
            "# TYPE argosy_limits_redis_away gauge",
            f"argosy_limits_redis_away {int(away)}",
        ]
        return ("\n".join(lines) + "\n").encode()


async def _counter(rules: Rules) -> Counter:
    if rules.redis is None:
        return Memory()
    from argosy.limits.shared import Shared  # noqa: PLC0415  its library is an extra

    shared = Shared(rules.redis, rules.stack)
    await shared.open()
    return shared


def _headers(verdict: Verdict) -> list[Any]:
    """As the limits that Envoy counts tell it; tokens as OpenAI's API does."""
    told: dict[str, str] = {}
    if verdict.refused:
        told["x-argosy-limit"] = verdict.refused.limit.name
        told["retry-after"] = _seconds(verdict.refused.wait)
    refused = [verdict.refused] if verdict.refused else []
    for count in (*refused, *verdict.counts):
        suffix = TOLD.get(count.limit.kind)
        if suffix is None or f"x-ratelimit-limit{suffix}" in told:
            continue
        told[f"x-ratelimit-limit{suffix}"] = str(count.limit.most)
        told[f"x-ratelimit-remaining{suffix}"] = str(max(count.left, 0))
        told[f"x-ratelimit-reset{suffix}"] = _seconds(count.wait) if count.wait else "0"
    return [HeaderValue(key=name, value=value) for name, value in told.items()]


def _seconds(wait: float) -> str:
    return str(max(1, math.ceil(wait)))


def _tokens(entries: dict[str, str], sent: int, length: int) -> int:
    """As the answer says; of a stream that says nothing, estimated by what went and came."""
    try:
        return max(0, int(float(entries["tokens"])))
    except (KeyError, ValueError):
        if "stream" not in entries:
            return 0
        return math.ceil(length / BYTES_OF_TOKEN) + math.ceil(sent / BYTES_OF_EVENT)


def _metric(name: str, kind: str, label: str, counts: Tally[str]) -> list[str]:
    lines = [f'{name}{{{label}="{value}"}} {count}' for value, count in sorted(counts.items())]
    return [f"# TYPE {name} {kind}", *lines]
