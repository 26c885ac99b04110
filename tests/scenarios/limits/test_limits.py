"""Limits of the stack file, from `up` to `down`."""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path

import httpx

from argosy.processes import find_by_argument
from tests.redis_server import RedisServer
from tests.scenarios.stack import StackUnderTest
from tests.waiting import PATIENCE

SLOW = """
import asyncio

class Model:
    async def predict(self, seconds: float):
        await asyncio.sleep(seconds)
        return "done"
"""


def limit(stack: StackUnderTest, more: str) -> None:
    """Give the gateway of the stack file these keys."""
    file = stack.folder / "argosy.yaml"
    before, _, _ = file.read_text().partition("gateway: ")
    file.write_text(f"{before}gateway: {{listen: 127.0.0.1:{stack.port}, {more}}}\n")


def statuses(stack: StackUnderTest, count: int) -> list[int]:
    return [stack.call("slow", 0).status_code for _ in range(count)]


async def test_limits_come_and_go_without_a_new_revision_and_leave_nothing_behind(
    stack: StackUnderTest, own_folders: Path, redis_server: RedisServer
) -> None:
    stack.write("slow:\n  code: ./slow\n", slow__model=SLOW)
    stack.up()
    assert statuses(stack, 5) == [200] * 5

    limit(stack, "limits: {per_address: 3/h}")
    stack.up()
    assert statuses(stack, 5) == [200, 200, 200, 429, 429]

    limit(stack, "limits: {concurrency: 2}")
    stack.up()
    async with httpx.AsyncClient(base_url=stack.url, timeout=PATIENCE) as client:
        asked = [client.post("/api/slow", json={"input": 1}) for _ in range(6)]
        answers = await asyncio.gather(*asked)
    assert Counter(one.status_code for one in answers) == {200: 2, 429: 4}
    limits = {one.headers.get("x-argosy-limit") for one in answers}
    assert limits == {None, "gateway.limits.concurrency"}

    limit(stack, f"limits: {{per_address: 4/h}}, redis: '{redis_server.url}'")
    stack.up()
    assert statuses(stack, 5) == [200, 200, 200, 200, 429]
    assert stack.model("slow")["serving"] == 1

    (run_folder,) = {one.parent for one in own_folders.rglob("limits.sock")}
    assert find_by_argument(f"limits:{run_folder}")
    assert stack.argosy("down").code == 0
    assert find_by_argument(f"limits:{run_folder}") is None
    assert not list(own_folders.rglob("limits.*"))
