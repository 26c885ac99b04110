"""Replicas that serve are asked again and again; who answers wrongly is taken out and replaced."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.scenarios.containers import ContainedStack
from tests.scenarios.stack import Load, StackUnderTest, aside
from tests.waiting import PATIENCE

MODEL = """
import os
from pathlib import Path

BROKEN = Path({broken!r})


class Model:
    def predict(self, value):
        is_broken = BROKEN.exists() and str(os.getpid()) in BROKEN.read_text().split()
        return "nonsense" if is_broken else value
"""
MODELS = """
echo:
  code: ./echo
  replicas: {replicas}
  drain: 1s
  probe: {{suite: ./echo.jsonl, every: 1s, accuracy: 0.9, timeout: 10s}}
"""
CORRUPTED = """
from pathlib import Path


class Model:
    def predict(self, value):
        return "nonsense" if Path("/tmp/corrupted").exists() else value
"""
SUITE = "".join(f'{{"input": "{one}", "expected": "{one}"}}\n' for one in range(5))


def written(stack: StackUnderTest, replicas: int) -> Path:
    """The file that names the processes which are to answer nonsense."""
    broken = stack.folder / "broken"
    stack.write(MODELS.format(replicas=replicas), echo__model=MODEL.format(broken=str(broken)))
    stack.put("echo.jsonl", SUITE)
    return broken


def wait_probed(stack: StackUnderTest, restarts: int = 0) -> list[dict[str, object]]:
    """The replicas once all pass, and have been started anew so often together."""

    def all_pass(status: dict[str, object]) -> bool:
        replicas = status["models"][0]["replicas"]  # type: ignore[index]
        return (
            status["models"][0]["state"] == "ready"  # type: ignore[index]
            and all(one["accuracy"] == 1 for one in replicas)
            and sum(one["restarts"] for one in replicas) >= restarts
        )

    found: list[dict[str, object]] = stack.wait(all_pass, "all pass")["models"][0]["replicas"]
    return found


async def test_a_corrupted_replica_is_replaced_and_no_request_fails(stack: StackUnderTest) -> None:
    broken = written(stack, replicas=2)
    await aside(stack.up)
    await is_replaced(stack, lambda: broken.write_text(str(stack.worker_pids("echo")[0])))


@pytest.mark.parametrize("platform", [pytest.param("compose", marks=pytest.mark.docker)])
async def test_a_corrupted_container_is_replaced_and_no_request_fails(
    stack: ContainedStack,
) -> None:
    stack.write(MODELS.format(replicas=2), echo__model=CORRUPTED)
    stack.put("echo.jsonl", SUITE)
    await aside(stack.up)
    corrupted = stack.containers("echo")[0]
    touch = ("exec", corrupted, "touch", "/tmp/corrupted")
    await is_replaced(stack, lambda: stack.engine.docker(*touch))


async def is_replaced(stack: StackUnderTest, corrupt: Callable[[], object]) -> None:
    """One of two replicas, once it is corrupted: it is taken out, says why, and comes back."""
    await aside(wait_probed, stack)
    load = Load(f"{stack.url}/api/echo", callers=2)
    async with load.running():
        await load.more(20)
        assert load.answers.count("nonsense") == 0
        await aside(corrupt)
        await aside(
            stack.wait,
            lambda status: any(one["fault"] for one in status["models"][0]["replicas"]),
            "one fails",
        )
        replicas = await aside(wait_probed, stack, 1)
        seen = len(load.answers)
        await load.more(100)
        assert "nonsense" not in load.answers[seen:]
    assert load.failed == 0, load.failures[:3]
    (reason,) = (one["reason"] for one in replicas if one["restarts"])
    assert reason == "it failed its accuracy probe: 0 of 5 right, 0.9 wanted"
    assert [one["restarts"] for one in replicas].count(1) == 1
    shown = stack.argosy("ps", "-a").out
    assert "it failed its accuracy probe: 0 of 5 right, 0.9 wanted" in shown
    assert "accuracy 1, " in shown
    metrics = stack.argosy("metrics").out
    assert 'argosy_probe_accuracy{model="echo",replica="echo.r1.1",revision="r1"} 1.0' in metrics


def test_the_only_replica_is_replaced_too(stack: StackUnderTest) -> None:
    broken = written(stack, replicas=1)
    stack.up()
    wait_probed(stack)
    broken.write_text(str(stack.worker_pids("echo")[0]))
    wait_probed(stack, restarts=1)
    assert stack.call("echo", "a").json() == {"output": "a"}


def test_a_suite_that_nobody_passes_takes_nobody_away_for_long(stack: StackUnderTest) -> None:
    written(stack, replicas=2)
    stack.up()
    stack.put("echo.jsonl", '{"input": 1, "expected": 2}\n')
    stack.up()
    stack.wait(
        lambda status: all(
            one["fault"] and one["restarts"] == 1 for one in status["models"][0]["replicas"]
        ),
        "both were started anew once, and fail",
        PATIENCE,
    )
    model = stack.model("echo")
    assert (model["state"], model["ready"]) == ("degraded", 2)
    assert model["reason"] == "it failed its accuracy probe: 0 of 1 right, 0.9 wanted"
    assert stack.call("echo", "a").json() == {"output": "a"}
    assert "no replica of echo.r1 passes its probe" in stack.logs()
