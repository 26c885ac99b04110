"""A new revision shows on copies of real requests that it answers as the old one does."""

from __future__ import annotations

import itertools
import json
from typing import Any

import numpy as np
import pytest
import tritonclient.grpc

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
DOUBLES = """
class Model:
    max_batch = 16384

    def predict(self, rows: list[float]):
        return [{{"double": {body}}} for row in rows]
"""
LENGTHY = """
class Model:
    def predict(self, input):
        return input + "|" + {body}
"""
LONG = 10_000  # numbers of 8 bytes: above what is kept of an answer


@pytest.mark.on_every_platform
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


def test_tensors_over_grpc_are_compared_and_what_is_too_long_is_counted(
    stack: StackUnderTest,
) -> None:
    stack.write(MODELS, echo__model=DOUBLES.format(body="row * 2"))
    stack.up()
    stack.put("echo/model.py", DOUBLES.format(body="row + row"))
    rolling = stack.start("up", "-d")
    with tritonclient.grpc.InferenceServerClient(f"127.0.0.1:{stack.port}") as client:
        for length in itertools.cycle((2, 3, LONG)):
            given = tritonclient.grpc.InferInput("input", [length], "FP64")
            given.set_data_from_numpy(np.arange(length, dtype=float))
            answer = client.infer("echo", [given], headers={"model": "echo"})
            assert answer.as_numpy("double")[-1] == 2 * (length - 1)
            if rolling.poll() is not None:
                break
    said, _ = rolling.communicate()
    assert rolling.returncode == 0, said + stack.logs()
    told = json.loads(stack.argosy("rollout", "status", "echo", "--json").out)
    shadow = told["rollouts"][0]["shadow"]
    assert (shadow["verdict"], shadow["differing"]) == ("promote", 0)
    assert list(shadow["left_out"]) == ["the answer is longer than 64 KiB"]


async def test_long_answers_are_compared_by_their_digest(stack: StackUnderTest) -> None:
    stack.write(MODELS, echo__model=LENGTHY.format(body="input * 20_000"))
    await aside(stack.up)
    async with Load(f"{stack.url}/api/echo", callers=4).running() as load:
        stack.put("echo/model.py", LENGTHY.format(body="''.join([input] * 20_000)"))
        await aside(stack.up)
    assert load.failed == 0, load.failures[:3]
    told = json.loads(stack.argosy("rollout", "status", "echo", "--json").out)
    shadow = told["rollouts"][0]["shadow"]
    assert (shadow["verdict"], shadow["differing"], shadow["left_out"]) == ("promote", 0, {})


async def test_without_requests_it_pauses_and_goes_on_where_somebody_waits_on(
    stack: StackUnderTest,
) -> None:
    stack.write(MODELS.replace("margin: 0.1", "margin: 0.1\n    patience: 2s"), echo__model=SAME)
    await aside(stack.up)
    stack.put("echo/model.py", ALSO_THE_SAME)
    paused = await aside(stack.argosy, "up", "-d")
    assert paused.code == 3, paused.err
    assert "r1 → r2 gets copies at 0 % until enough requests have come to decide" in paused.err
    assert "the rollout of echo waits for you: it has waited 2s for requests" in paused.err
    async with Load(f"{stack.url}/api/echo", callers=4).running() as load:
        assert (await aside(stack.argosy, "rollout", "resume", "echo")).code == 0
        await aside(stack.wait, lambda told: told["models"][0]["serving"] == 2, "r2 serves")
    assert load.failed == 0, load.failures[:3]


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
