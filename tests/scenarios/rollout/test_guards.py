"""A revision that does worse under traffic than its answers tell never gets far."""

from __future__ import annotations

import html
import json
from pathlib import Path
from typing import Any

import pytest

from tests.scenarios.stack import Load, StackUnderTest, aside
from tests.waiting import eventually

GUARDED = """
echo:
  code: ./echo
  rollout: {steps: [50, 100], hold: 1s, guard: GUARD}
"""
GOOD = """
class Model:
    def predict(self, input):
        return input + "|v1"
"""
SLOW = """
import time

class Model:
    def predict(self, input):
        time.sleep(0.05)
        return input + "|v2"
"""
FAILS = """
import os
import time

class Model:
    def predict(self, input):
        HOW
"""
FAILS_AT_TIMES = """
class Model:
    def predict(self, input):
        if input.endswith(("1", "3", "5", "7", "9")):
            raise ValueError("v2 knows no odd numbers")
        return input + "|v2"
"""


def status(stack: StackUnderTest) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(stack.argosy("rollout", "status", "echo", "--json").out)
    return told


@pytest.mark.on_every_platform
async def test_a_slow_revision_is_rolled_back_at_the_first_step(stack: StackUnderTest) -> None:
    await is_rolled_back(stack, "latency_p95", "2x", SLOW, "p95 of latency is")


async def test_a_revision_that_fails_at_times_is_rolled_back_at_the_first_step(
    stack: StackUnderTest,
) -> None:
    await is_rolled_back(stack, "error_rate", "5%", FAILS_AT_TIMES, "Error rate")


async def is_rolled_back(
    stack: StackUnderTest, guard: str, limit: str, worse: str, sentence: str
) -> None:
    """The worse revision trips this guard, and the report says so."""
    stack.write(GUARDED.replace("GUARD", f"{{{guard}: {limit}}}"), echo__model=GOOD)
    await aside(stack.up)
    async with Load(f"{stack.url}/api/echo", callers=12, apart=True).running() as load:
        stack.put("echo/model.py", worse)
        ended = await aside(stack.argosy, "up", "-d")
        await load.more(100)
    assert ended.code == 1, ended.out
    assert f"guard {guard}: {sentence}" in ended.err
    assert load.wrong == []
    assert all("v2 knows no odd numbers" in failure for failure in load.failures)
    assert {answer.split("|")[1] for answer in load.answers[-50:]} == {"v1"}
    assert stack.model("echo")["serving"] == 1
    (rollout,) = (await aside(status, stack))["rollouts"]
    assert rollout["outcome"] == "rolled back"
    assert [one["weight"] for one in rollout["shifts"]] == [50]
    (finding,) = rollout["guards"]
    assert (finding["guard"], finding["state"]) == (guard, "tripped")

    report = stack.folder / ".argosy" / "rollouts" / f"echo.r2-{rollout['id']}.html"
    await eventually(report.exists)
    page = html.unescape(report.read_text())
    assert finding["sentence"] in page
    assert guard.replace("_", " ") in page
    told = (await aside(status, stack))["reports"]
    assert [Path(one).name for one in told] == [report.name]
    assert report.name in (await aside(stack.argosy, "rollout", "status", "echo")).out


@pytest.mark.parametrize("how", ["os._exit(1)", "time.sleep(600)"])
async def test_a_revision_that_dies_or_hangs_under_traffic_is_rolled_back(
    stack: StackUnderTest, how: str
) -> None:
    guarded = GUARDED.replace("GUARD", "{error_rate: 5%}, patience: 60s") + "  timeout: 1s\n"
    stack.write(guarded, echo__model=GOOD)
    await aside(stack.up)
    async with Load(f"{stack.url}/api/echo", callers=12, apart=True).running() as load:
        stack.put("echo/model.py", FAILS.replace("HOW", how))
        ended = await aside(stack.argosy, "up", "-d")
        before = load.failed
        await load.more(100)
    assert ended.code == 1, ended.out + ended.err
    assert "echo r2 did not take over. echo r1 goes on serving." in ended.err
    assert load.wrong == []
    assert {answer.split("|")[1] for answer in load.answers} == {"v1"}
    assert load.failed - before <= load.callers  # what was on its way to r2


async def test_a_guard_that_is_content_lets_the_next_step_come(stack: StackUnderTest) -> None:
    limits = "{error_rate: 5%, latency_p95: 2s, restarts: 0, memory: 2x}"
    stack.write(GUARDED.replace("GUARD", limits), echo__model=GOOD)
    await aside(stack.up)
    async with Load(f"{stack.url}/api/echo", callers=12, apart=True).running() as load:
        stack.put("echo/model.py", GOOD.replace("v1", "v2"))
        await aside(stack.up)
        await load.more(100)
    assert load.failed == 0, load.failures[:3]
    assert stack.model("echo")["serving"] == 2
    (rollout,) = (await aside(status, stack))["rollouts"]
    assert {one["state"] for one in rollout["guards"]} == {"ok"}


def test_without_traffic_a_guard_waits_until_somebody_decides(stack: StackUnderTest) -> None:
    stack.write(GUARDED.replace("GUARD", "{error_rate: 5%}"), echo__model=GOOD)
    stack.up()
    stack.put("echo/model.py", GOOD.replace("v1", "v2"))
    going_up = stack.start("up", "-d")
    assert going_up.stdout
    said = next(line for line in going_up.stdout if "until enough requests have come" in line)
    assert "r1 → r2 has 50 % of the traffic" in said
    assert "to go on without: `argosy rollout promote echo`" in said
    waiting = "Not enough requests yet: the new revision has had 0 of 50."
    stack.wait(lambda told: waiting in json.dumps(told), "a guard that waits")
    assert "rolling (waits for requests)" in stack.argosy("ps").out
    shown = stack.argosy("rollout", "status", "echo").out
    assert waiting in shown
    assert "`argosy rollout promote echo`" in shown
    assert stack.argosy("rollout", "promote", "echo").code == 0
    assert going_up.wait(60) == 0
    going_up.communicate()
    assert stack.model("echo")["serving"] == 2


def test_a_guard_that_has_waited_for_too_long_pauses_the_rollout(stack: StackUnderTest) -> None:
    guarded = GUARDED.replace("GUARD", "{error_rate: 5%}, patience: 1s")
    stack.write(guarded, echo__model=GOOD)
    stack.up()
    stack.put("echo/model.py", GOOD.replace("v1", "v2"))
    paused = stack.argosy("up", "-d")
    assert paused.code == 3, paused.err
    assert "the rollout of echo waits for you: it has waited 1s for requests" in paused.err
    assert "the new revision has had 0 of 50." in paused.err
    assert stack.model("echo")["state"] == "paused"
    assert stack.argosy("rollout", "resume", "echo").code == 0
    stack.wait(lambda told: told["models"][0]["state"] == "paused", "it pauses again")
    assert "The rollout of echo waits for you: it has waited" in stack.argosy("plan").out
    assert stack.argosy("rollout", "promote", "echo").code == 0
    assert stack.model("echo")["serving"] == 2
