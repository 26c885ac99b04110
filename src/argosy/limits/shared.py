"""Counting in Redis, which several gateways share."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Sequence
from typing import Any

from redis.asyncio import Redis
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import NoScriptError, RedisError

from argosy.limits.counter import Away, Count, Verdict
from argosy.limits.rules import Limit
from argosy.limits.scripts import ADMIT, RENEW, SETTLE

ANSWER_SECONDS = 0.1  # a request waits no longer to be counted
CONNECT_SECONDS = 0.2
ASK_AGAIN = 0.25
LEASE_SECONDS = 20.0  # of a gateway that is lost, requests in flight count so long
MICRO = 1_000_000
log = logging.getLogger("argosy.limits")

Asked = tuple[str, list[Any], asyncio.Future[Any]]  # the script, what it is given, who waits


class Shared:
    """Counts by Redis's clock. While it is away every call raises `Away` at once.

    Requests that come together are sent together: one round trip, one script for each.
    """

    def __init__(self, url: str, stack: str) -> None:
        self.away = True
        self._prefix = f"argosy:{{{stack}}}:"  # the braces keep it on one node of a cluster
        self._redis = Redis.from_url(
            url,
            socket_timeout=ANSWER_SECONDS,
            socket_connect_timeout=CONNECT_SECONDS,
            retry=Retry(NoBackoff(), 0),
            decode_responses=True,
        )
        self._scripts: dict[str, str] = {}
        self._waiting: list[Asked] = []
        self._sending: asyncio.Task[None] | None = None
        self._finding: asyncio.Task[None] | None = None

    async def open(self) -> None:
        """Try to reach it once; later it is found whenever it is there."""
        await self._reach()
        if self.away:
            self._lost("it does not answer")

    async def close(self) -> None:
        """Ask no more."""
        for task in (self._sending, self._finding):
            if task:
                task.cancel()
                with contextlib.suppress(asyncio.CancelledError):
                    await task
        _tell(self._waiting, [Away()] * len(self._waiting))
        await self._redis.aclose()

    async def admit(self, limits: Sequence[Limit], lease: str) -> Verdict:
        """See `Counter`."""
        settings = [
            value
            for limit in limits
            for value in (limit.kind, limit.most, max(1, round(limit.seconds * MICRO)))
        ]
        keep = round(LEASE_SECONDS * MICRO)
        refused, *told = await self._ask(ADMIT, limits, [lease, keep, *settings])
        counts = tuple(
            Count(limit, left, wait / MICRO)
            for limit, (left, wait) in zip(limits, told, strict=True)
        )
        return Verdict(counts, counts[refused - 1] if refused else None)

    async def settle(self, limits: Sequence[Limit], lease: str, tokens: int) -> None:
        """See `Counter`."""
        settings = [
            value for limit in limits for value in (limit.kind, round(limit.seconds * MICRO))
        ]
        await self._ask(SETTLE, limits, [lease, tokens, *settings])

    async def renew(self, leases: dict[str, Sequence[Limit]]) -> None:
        """See `Counter`."""
        held: dict[str, list[str]] = {}
        for lease, limits in leases.items():
            for limit in limits:
                if limit.kind == "concurrency":
                    held.setdefault(limit.key, []).append(lease)
        for key, names in held.items():
            limit = Limit("concurrency", "", key, 0)
            await self._ask(RENEW, [limit], [round(LEASE_SECONDS * MICRO), *names])

    async def _ask(self, script: str, limits: Sequence[Limit], arguments: list[Any]) -> Any:
        if self.away:
            raise Away
        keys = [self._prefix + limit.key for limit in limits]
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting.append((script, [len(keys), *keys, *arguments], answer))
        if self._sending is None or self._sending.done():
            self._sending = asyncio.create_task(self._send())
        return await answer

    async def _send(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting, []
            try:
                found = await self._answers(batch)
            except (RedisError, OSError) as error:
                self._lost(str(error) or type(error).__name__)
                found = [Away()] * len(batch)
            except asyncio.CancelledError:
                _tell(batch, [Away()] * len(batch))
                raise
            _tell(batch, found)

    async def _answers(self, batch: list[Asked]) -> list[Any]:
        found = await self._pipelined(batch)
        if any(isinstance(one, NoScriptError) for one in found):  # it was started anew
            await self._load()
            found = await self._pipelined(batch)
        wrong = next((one for one in found if isinstance(one, RedisError)), None)
        if wrong is not None:
            raise wrong
        return found

    async def _pipelined(self, batch: list[Asked]) -> list[Any]:
        async with self._redis.pipeline(transaction=False) as pipeline:
            for script, arguments, _ in batch:
                pipeline.execute_command("EVALSHA", self._scripts[script], *arguments)
            found: list[Any] = await pipeline.execute(raise_on_error=False)
            return found

    async def _load(self) -> None:
        for script in (ADMIT, SETTLE, RENEW):
            self._scripts[script] = await self._redis.script_load(script)

    async def _reach(self) -> None:
        with contextlib.suppress(RedisError, OSError):
            await self._load()
            self.away = False

    def _lost(self, why: str) -> None:
        if not self.away or self._finding is None:
            log.warning("Redis is away: %s", why)
        self.away = True
        if self._finding is None or self._finding.done():
            self._finding = asyncio.create_task(self._find())

    async def _find(self) -> None:
        await self._reach()  # at once: it may have been slow only once
        while self.away:
            await asyncio.sleep(ASK_AGAIN)
            await self._reach()
        log.warning("Redis is back")


def _tell(batch: list[Asked], found: list[Any]) -> None:
    for (_, _, answer), one in zip(batch, found, strict=True):
        if answer.done():
            continue
        if isinstance(one, Exception):
            answer.set_exception(one)
        else:
            answer.set_result(one)
