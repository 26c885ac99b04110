"""A new revision shows on copies of real requests that it answers as the old one does."""

from __future__ import annotations

import json
from typing import Any

from tests.scenarios.stack import Load, StackUnderTest, aside, kill

MODELS = """
echo:
  code: ./echo
  drain: 0s
  rollout:
    steps: [50, 100]
    margin: 0.1
    shadow: {fraction: 1, keep_bodies: true, redact: [input], most: 1MiB}
"""
ANSWERS = """
class Model:
    def predict(self, input):
        {body}
"""
SAME = ANSWERS.format(body="return input + '|same'")
ALSO_THE_SAME = ANSWERS.format(body="return '|'.join([input, 'same'])")
OFTEN_ANOTHER = ANSWERS.format(
    body="return input + ('|same' if input[-1] in '01234' else '|another')"
)


async def test_a_revision_that_answers_alike_takes_over_by_that_alone(
    stack: StackUnderTest,
) -> None:
    stack.write(MODELS, echo__model=SAME)
    await aside(stack.up)
    async with Load(f"{stack.url}/api/echo", callers=4).running() as load:
        stack.put("echo/model.py", ALSO_THE_SAME)
        planned = await aside(stack.argosy, "plan")
        await aside(stack.up)
        await load.more()
    assert "copy 100 % to r2" in planned.out
    assert load.failed == 0, load.failures[:3]
    assert load.wrong == []
    assert stack.model("echo")["serving"] == 2
    told = json.loads(stack.argosy("rollout", "status", "echo", "--json").out)
    (rollout,) = told["rollouts"]
    assert rollout["outcome"] == "promoted"
    assert rollout["shadow"]["verdict"] == "promote"
    assert rollout["shadow"]["differing"] == 0
    assert rollout["shadow"]["differing_at_most"] < 0.1
    assert not list((stack.folder / ".argosy").rglob("*.shadow.jsonl"))


async def test_one_that_answers_otherwise_pauses_and_its_pairs_are_on_disk_redacted(
    stack: StackUnderTest,
) -> None:
    stack.write(MODELS, echo__model=SAME)
    await aside(stack.up)
    async with Load(f"{stack.url}/api/echo", callers=4).running() as load:
        stack.put("echo/model.py", OFTEN_ANOTHER)
        result = await aside(stack.argosy, "up", "-d")
        await load.more()
    assert result.code == 3, result.err + stack.logs()
    assert "Cannot be shown to be alike any more" in result.err
    assert load.failed == 0, load.failures[:3]
    assert {answer.split("|")[1] for answer in load.answers} == {"same"}
    model = stack.model("echo")
    assert (model["serving"], model["state"]) == (1, "paused")
    shadow = model["rollout"]["shadow"]
    (file,) = (stack.folder / ".argosy" / "rollouts").glob("echo.r2-*.shadow.jsonl")
    assert shadow["file"] == str(file)
    pairs = [json.loads(line) for line in file.read_text().splitlines()]
    assert len(pairs) == shadow["differing"] > 0
    for pair in pairs:
        assert pair["request"] == {"input": "[redacted]"}
        assert pair["before"]["body"]["output"].endswith("|same")
        assert pair["after"]["body"]["output"].endswith("|another")
    shown = stack.argosy("rollout", "status", "echo").out
    assert f"{shadow['differing']} differ" in shown
    assert stack.argosy("rollout", "resume", "echo").code == 2
    assert stack.argosy("rollout", "abort", "echo").code == 0


async def test_a_killed_supervisor_goes_on_with_what_was_counted(stack: StackUnderTest) -> None:
    stack.write(MODELS.replace("margin: 0.1", "margin: 0.01"), echo__model=SAME)
    await aside(stack.up)
    async with Load(f"{stack.url}/api/echo", callers=2).running() as load:
        stack.put("echo/model.py", ALSO_THE_SAME)
        rolling = stack.start("up", "-d")
        status = await aside(stack.wait, lambda now: _seen(now) > 0, "some are compared")
        kill(status["supervisor_pid"])
        await aside(rolling.communicate)
        await aside(stack.up)
    assert load.failed == 0, load.failures[:3]
    assert stack.model("echo")["serving"] == 2
    told = json.loads(stack.argosy("rollout", "status", "echo", "--json").out)
    (rollout,) = told["rollouts"]
    assert rollout["outcome"] == "promoted"
    assert 0 < _seen(status) < rollout["shadow"]["agreeing"]


def _seen(status: dict[str, Any]) -> int:
    (model,) = status["models"]
    shadow = model["rollout"] and model["rollout"]["shadow"]
    return shadow["agreeing"] + shadow["differing"] if shadow else 0
