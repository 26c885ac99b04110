"""A kept revision that does not run is asked by a replica of its own, which goes again."""

from __future__ import annotations

import signal
from typing import Any

import pytest

from tests.scenarios.stack import Load, StackUnderTest, aside, kill

MODEL = """
import time


class Model:
    def load(self, weights):
        {load}

    def predict(self, value):
        {predict}
"""
MODELS = """
echo:
  code: ./echo
  drain: 1s
  probe: {suite: ./echo.jsonl, timeout: 60s}
"""
SUITE = "".join(f'{{"input": "{one}", "expected": "{one}"}}\n' for one in range(5))


RIGHT = "return value"
RIGHT_MODEL = MODEL.format(predict=RIGHT, load="pass")


def two_revisions(
    stack: StackUnderTest, predict: str = "return 'nothing'", load: str = "pass"
) -> None:
    """r2, which is right, has taken over from r1, of which nobody had asked a proof."""
    stack.put("echo.jsonl", SUITE)
    without_probe = MODELS.replace("probe:", "# probe:")
    stack.write(without_probe, echo__model=MODEL.format(predict=predict, load=load))
    stack.up()
    stack.write(without_probe, echo__model=RIGHT_MODEL)
    stack.up()
    stack.write(MODELS, echo__model=RIGHT_MODEL)
    stack.up()


def wait_alone(stack: StackUnderTest) -> list[dict[str, Any]]:
    """The replicas once only what serves has any."""

    def is_alone(status: dict[str, Any]) -> bool:
        return [one["revision"] for one in status["models"][0]["replicas"]] == [2]

    found: list[dict[str, Any]] = stack.wait(is_alone, "only r2")["models"][0]["replicas"]
    return found


@pytest.mark.on_every_platform
async def test_a_kept_revision_is_asked_beside_what_serves(stack: StackUnderTest) -> None:
    await aside(two_revisions, stack)
    before = await aside(wait_alone, stack)
    load = Load(f"{stack.url}/api/echo", callers=2)
    async with load.running():
        found = await aside(stack.argosy, "probe", "echo", "--revision", "r1", "--against", "r2")
        after = await aside(wait_alone, stack)
        await load.more(20)
    assert found.code == 0, found.err
    assert "echo: accuracy 0.000" in found.out
    assert "against r2: 1.000" in found.out
    assert "echo r1      stops again" in found.err
    assert (load.failed, load.wrong, load.answers.count("nothing")) == (0, [], 0)
    assert [one["started_at"] for one in before] == [one["started_at"] for one in after]
    status = stack.model("echo")
    assert (status["state"], status["ready"], status["wanted"]) == ("ready", 1, 1)


def test_who_is_asked_no_longer_goes(stack: StackUnderTest) -> None:
    """However the command ends: here while its first question waits for an answer."""
    two_revisions(stack, predict="time.sleep(20)")
    wait_alone(stack)
    for ended_by in (signal.SIGINT, signal.SIGKILL):
        command = stack.start("probe", "echo", "--revision", "1")
        shown = stack.wait(
            lambda status: (
                [one["state"] for one in status["models"][0]["replicas"]] == ["ready", "ready"]
            ),
            "r1 runs, too",
        )["models"][0]
        assert (shown["guests"], shown["state"], shown["ready"]) == ([1], "ready", 1)
        assert "only for `argosy probe`" in stack.argosy("ps", "-a").out
        command.send_signal(ended_by)
        command.communicate()
        wait_alone(stack)


def test_what_a_killed_supervisor_leaves_is_cleared_away(stack: StackUnderTest) -> None:
    two_revisions(stack, predict="time.sleep(50)")
    wait_alone(stack)
    command = stack.start("probe", "echo", "--revision", "r1")
    stack.wait(lambda status: status["models"][0]["guests"] == [1], "r1 runs, too")
    stack.wait(lambda status: len(status["models"][0]["replicas"]) == 2, "r1 runs, too")
    kill(stack.status()["supervisor_pid"])
    stack.up()
    wait_alone(stack)
    command.send_signal(signal.SIGINT)
    command.communicate()


def test_what_cannot_be_asked_is_refused(stack: StackUnderTest) -> None:
    there = stack.folder / "there"
    there.touch()
    two_revisions(stack, load=f"open({str(there)!r})")
    wait_alone(stack)
    unknown = stack.argosy("probe", "echo", "--revision", "r9")
    assert (unknown.code, unknown.err) == (2, "argosy: echo has no r9. It has r1, r2.\n")
    there.unlink()
    broken = stack.argosy("probe", "echo", "--revision", "r1")
    assert broken.code == 1
    assert "echo: it cannot be started to be asked: " in broken.err
    assert "FileNotFoundError" in broken.err
    wait_alone(stack)


def test_while_a_model_is_rolled_out_no_third_revision_starts(stack: StackUnderTest) -> None:
    two_revisions(stack)
    steps = "rollout: {steps: [50, 100], hold: 1h}"
    stack.write(MODELS.replace("probe:", f"{steps} #"), echo__model=f"{RIGHT_MODEL}# again\n")
    command = stack.start("up", "-d")
    stack.wait(lambda status: status["models"][0]["state"] == "rolling", "r3 is rolled out")
    stack.write(f"{MODELS}  {steps}", echo__model=f"{RIGHT_MODEL}# again\n")
    refused = stack.argosy("probe", "echo", "--revision", "r1")
    assert refused.code == 1
    assert "echo: r3 takes over now, and no third revision is started meanwhile." in refused.err
    assert "Ask r2 or r3, or wait for it: `argosy rollout status echo`." in refused.err
    assert "accuracy 1.000" in stack.argosy("probe", "echo", "--revision", "r3").out
    stack.argosy("rollout", "abort", "echo")
    command.communicate()
    assert "accuracy 0.000" in stack.argosy("probe", "echo", "--revision", "r1").out
    given_up = stack.argosy("probe", "echo", "--revision", "r3", "--against", "r1")
    assert "accuracy 1.000" in given_up.out
    assert stack.model("echo")["serving"] == 2
