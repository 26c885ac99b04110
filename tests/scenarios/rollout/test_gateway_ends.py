"""The gateway ends while two revisions share the traffic: shares, callers and guards go on."""

from __future__ import annotations

import json
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from tests.scenarios.rollout.names import by_version, callers, has, load, outcomes, write
from tests.scenarios.stack import Load, StackUnderTest, aside, kill

GUARDED = "8s, guard: {error_rate: 5%, latency_p95: 10s, restarts: 0}"
CALLERS = 400
ENOUGH = 1000  # for the guards to look at a tenth of them


@asynccontextmanager
async def half_of_the_traffic(stack: StackUnderTest) -> AsyncIterator[Load]:
    """r2 has it, under load; in the end it takes over, and every guard is content."""
    write(stack, "v1")
    await aside(stack.up)
    write(stack, "v2", hold=GUARDED)
    async with load(stack).running() as calls:
        rolling = stack.start("up", "-d")
        await aside(stack.wait, has(10), "10 %")
        await aside(callers, stack, ENOUGH)
        await aside(stack.wait, has(50), "50 %")
        versions = await aside(callers, stack, CALLERS)
        yield calls
        await calls.more(100)
        assert await aside(callers, stack, CALLERS) == versions
        assert has(50)(stack.status())
        said = await aside(_ended, rolling)
        await calls.more(50)
    assert rolling.returncode == 0, said
    assert by_version(calls.answers[-20:]) == {"v2"}
    assert outcomes(stack) == ["promoted"]
    assert {one["state"] for one in await aside(_guards, stack)} == {"ok"}


def _ended(command: subprocess.Popen[str]) -> str:
    return command.communicate(timeout=60)[0]


def _guards(stack: StackUnderTest) -> list[dict[str, Any]]:
    told = json.loads(stack.argosy("rollout", "status", "names", "--json").out)
    guards: list[dict[str, Any]] = told["rollouts"][0]["guards"]
    return guards


async def test_a_killed_gateway_breaks_open_connections_and_nothing_of_the_rollout(
    stack: StackUnderTest,
) -> None:
    async with half_of_the_traffic(stack) as calls:
        before = stack.status()["gateway"]["pid"]
        kill(before)
        await aside(
            stack.wait,
            lambda status: (
                status["gateway"]["state"] == "serving" and status["gateway"]["pid"] != before
            ),
            "the gateway serves again",
        )
    allowed = {"200", "ConnectError", "ReadError", "RemoteProtocolError"}
    assert set(calls.codes) <= allowed, calls.failures[:3]
    broken = calls.codes["ReadError"] + calls.codes["RemoteProtocolError"]
    assert broken <= 2 * calls.callers, calls.failures
    assert calls.wrong == []


async def test_a_gateway_that_is_replaced_costs_no_request(stack: StackUnderTest) -> None:
    async with half_of_the_traffic(stack) as calls:
        replaced = await aside(stack.argosy, "restart", "--gateway")
        assert replaced.code == 0, replaced.err
    assert (calls.failed, calls.wrong) == (0, []), calls.failures[:3]
