"""Everything changes under load, all the time, and nobody notices.

Ten seconds in every test run; `scripts/endure` goes on for five.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import httpx
import pytest

from tests.scenarios.stack import StackUnderTest, aside, kill

SECONDS = float(os.environ.get("ENDURE_SECONDS", "10"))
CHANGES_A_SECOND = 200 / 300
LOAD = 0.7  # of what can be answered
CALLERS, STREAMS = 8, 4
PIECES = 30
MODEL = """
import asyncio

class Model:  # {mark}
    async def predict(self, value):
        return value

    async def stream(self, count: int):
        for number in range(count):
            await asyncio.sleep(0.05)
            yield number
"""
ECHO = "echo:\n  code: ./echo\n  replicas: 2\n"
EXTRA = "extra:\n  code: ./echo\n"


class Traffic:
    """Paced callers and streams; ``wrong`` tells of every answer that is not whole and right."""

    def __init__(self, url: str, key: str) -> None:
        self.answered = Counter[str]()
        self.wrong: list[str] = []
        self._url = url
        self._key = {"x-api-key": key}
        self._pause = 0.0
        self._on = True

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Traffic]:
        """At full speed for a second, to see how much that is, and then at `LOAD` of it."""
        limits = httpx.Limits(max_connections=None)
        async with httpx.AsyncClient(
            base_url=self._url, headers=self._key, limits=limits, timeout=60
        ) as client:
            tasks = [asyncio.create_task(self._call(client, one)) for one in range(CALLERS)]
            await asyncio.sleep(1.0)
            self._pause = CALLERS / self.answered["call"] * (1 / LOAD - 1)
            tasks += [asyncio.create_task(self._stream(client)) for _ in range(STREAMS)]
            try:
                yield self
            finally:
                self._on = False
                await asyncio.gather(*tasks)

    async def _call(self, client: httpx.AsyncClient, caller: int) -> None:
        for number in itertools.count():
            if not self._on:
                return
            value = f"{caller} {number}"
            answer = await self._answer("call", client, {"input": value})
            if answer is not None and answer.json() != {"output": value}:
                self.wrong.append(f"{value}: {answer.text[:200]}")
            await asyncio.sleep(self._pause)

    async def _stream(self, client: httpx.AsyncClient) -> None:
        while self._on:
            answer = await self._answer("stream", client, {"input": PIECES})
            if answer is not None and (
                answer.text.count("data: ") != PIECES + 1 or "event: end" not in answer.text
            ):
                self.wrong.append(f"a stream broke off: {answer.text[-200:]}")

    async def _answer(
        self, kind: str, client: httpx.AsyncClient, body: dict[str, object]
    ) -> httpx.Response | None:
        headers = {"accept": "text/event-stream"} if kind == "stream" else {}
        try:
            answer = await client.post("/api/echo", json=body, headers=headers)
        except httpx.HTTPError as error:
            self.wrong.append(f"{kind}: {error!r}")
            return None
        self.answered[kind] += 1
        if answer.status_code != 200:
            self.wrong.append(f"{kind}: {answer.status_code} {answer.text[:200]}")
            return None
        return answer


class Changes:
    """What is done to the stack, in turn; ``made`` counts it by kind."""

    def __init__(self, stack: StackUnderTest) -> None:
        self.made = Counter[str]()
        self._stack = stack
        self._marks = itertools.count(1)
        self._turns = itertools.cycle(
            [
                *(self.new_code, self.scale, self.key_comes, self.model_comes, self.scale),
                *(self.key_goes, self.model_goes, self.scale),
            ]
        )
        self._key = ""

    @property
    def total(self) -> int:
        return sum(self.made.values())

    async def next(self) -> None:
        await next(self._turns)()

    async def scale(self) -> None:
        for number in (3, 1, 2):
            await self._do("replicas", "scale", "-d", f"echo={number}")

    async def new_code(self) -> None:
        self._stack.put("echo/model.py", MODEL.replace("{mark}", str(next(self._marks))))
        await self._do("revision", "up", "-d")

    async def model_comes(self) -> None:
        self._stack.write(ECHO + EXTRA)
        await self._do("route", "up", "-d")

    async def model_goes(self) -> None:
        self._stack.write(ECHO)
        await self._do("route", "up", "-d")

    async def key_comes(self) -> None:
        self._key = await self.key(f"guest-{next(self._marks)}", "--rate", "50/s")
        assert await self._answer() == 200

    async def key_goes(self) -> None:
        name = next(name for name in await self._active() if name.startswith("guest-"))
        await self._do("key", "keys", "revoke", name)
        assert await self._answer() == 401

    async def key(self, name: str, *more: str) -> str:
        """A new one."""
        return (await self._do("key", "keys", "create", name, *more)).strip()

    async def another_envoy(self) -> None:
        await self._do("envoy", "restart", "--gateway")

    async def supervisor_dies(self) -> None:
        kill((await aside(self._stack.status))["supervisor_pid"])
        await self._do("supervisor", "up", "-d")

    async def _answer(self) -> int:
        """What the guest is answered."""
        async with httpx.AsyncClient(base_url=self._stack.url, timeout=60) as client:
            headers = {"x-api-key": self._key}
            return (await client.post("/api/echo", json={"input": 1}, headers=headers)).status_code

    async def _active(self) -> list[str]:
        """The names of the keys that are good."""
        told = json.loads((await aside(self._stack.argosy, "keys", "list", "--json")).out)
        return [one["name"] for one in told if one["state"] == "active"]

    async def _do(self, kind: str, *command: str) -> str:
        result = await aside(self._stack.argosy, *command)
        assert result.code == 0, result.err + result.out
        self.made[kind] += 1
        return str(result.out)


@pytest.mark.alone
@pytest.mark.timeout(SECONDS * 3 + 240)
async def test_nothing_is_lost_while_everything_changes(
    stack: StackUnderTest, capsys: pytest.CaptureFixture[str]
) -> None:
    stack.gateway = {"keys": "required", "limits": {"per_address": "1000000/s"}}
    stack.write(ECHO, echo__model=MODEL)
    await aside(stack.up)
    changes = Changes(stack)
    traffic = Traffic(stack.url, await changes.key("load"))
    rare: list[tuple[float, Callable[[], Awaitable[None]]]] = [
        (0.25, changes.another_envoy),
        (0.5, changes.supervisor_dies),
        (0.75, changes.another_envoy),
    ]
    async with traffic.running():
        began = time.monotonic()
        while (
            rare
            or (passed := time.monotonic() - began) < SECONDS
            or (changes.total < SECONDS * CHANGES_A_SECOND)
            or not {"revision", "route", "replicas", "key"} <= set(changes.made)
        ):
            passed = time.monotonic() - began
            if rare and passed >= rare[0][0] * SECONDS:
                await rare.pop(0)[1]()
            await changes.next()
    with capsys.disabled():
        made = ", ".join(f"{count} × {kind}" for kind, count in changes.made.items())
        print(
            f"\n{passed:.0f} s, {changes.total} changes ({made}): {traffic.answered['call']} "
            f"requests and {traffic.answered['stream']} streams, {len(traffic.wrong)} lost"
        )
    assert traffic.wrong == []
