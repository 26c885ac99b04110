"""Where two revisions do not fit one takes the place of the other, and for a while nobody answers.

The model under test locks its weights when it loads, so that two of it cannot run at once.
"""

from __future__ import annotations

import json
import time
from typing import Any

import httpx
import pytest

from argosy.platforms import memory
from argosy.rollout.gate import Decision, replays
from argosy.supervisor.client import Client
from argosy.supervisor.rollouts.reporting import answers
from tests.scenarios.stack import Load, StackUnderTest, aside, kill, runs
from tests.waiting import PATIENCE

ITEMS = 100
MODELS = """
names:
  code: ./names
  weights: ./one-at-a-time
  timeout: 2s
  drain: 500ms
  resources: {{memory: {memory}MiB}}
  probe: {{suite: ./suite.jsonl, scorer: contains, timeout: 2s}}
  rollout: {{{more}}}
"""
MODEL = """
import fcntl, json, pathlib, time

class Model:
    def load(self, weights):
        self.alone = weights.open()
        fcntl.flock(self.alone, fcntl.LOCK_EX | fcntl.LOCK_NB)
        {loading}
        self.names = json.loads(pathlib.Path(__file__).with_name("names.json").read_text())

    def predict(self, text):
        {before}
        return f"{{self.names.get(text, text)}}|{version}"
"""
NAMES = {str(number): f"name {number}" for number in range(ITEMS)}
WORSE = {**NAMES, **{str(number): "?" for number in range(0, ITEMS, 4)}}
SLOW = "time.sleep(0.02 if text in self.names else 0)"


def write(
    stack: StackUnderTest,
    version: str,
    *,
    more: str = "margin: 0.05, strategy: recreate",
    mib: int = 256,
    loading: str = "time.sleep(1)",
    before: str = "pass",
    names: dict[str, str] = NAMES,
    items: int = ITEMS,
) -> None:
    """A revision that says its version in every answer."""
    models = MODELS.format(memory=mib, more=more)
    code = MODEL.format(version=version, loading=loading, before=before)
    stack.write(models, names__model=code)
    stack.put("one-at-a-time", "The same file for every revision.")
    stack.put("names/names.json", json.dumps(names))
    asked = [{"input": key, "expected": name} for key, name in list(NAMES.items())[:items]]
    stack.put("suite.jsonl", "".join(json.dumps(item) + "\n" for item in asked))


def load(stack: StackUnderTest) -> Load:
    return Load(f"{stack.url}/api/names")


def answered(stack: StackUnderTest) -> Any:
    return stack.call("names", "1").json()["output"]


def outcomes(stack: StackUnderTest) -> list[str]:
    """Of all rollouts, newest first."""
    told = json.loads(stack.argosy("rollout", "status", "names", "--json").out)
    return [one["outcome"] for one in told["rollouts"]]


def verdict_replays(stack: StackUnderTest) -> None:
    """Whether the kept answers lead to the last verdict again."""
    with Client((stack.folder / "argosy.yaml").resolve()) as client:
        last, *_ = client.rollouts("names")
    pairs = [one.pair for one in answers(stack.folder / ".argosy", last)]
    decision = Decision.from_data(last.decision)
    assert replays(decision, pairs[: decision.seen])


def is_down(status: dict[str, Any]) -> bool:
    rollout = status["models"][0]["rollout"]
    return bool(rollout and rollout["down_since"])


def is_proving(status: dict[str, Any]) -> bool:
    rollout = status["models"][0]["rollout"]
    return bool(rollout and rollout["verdict"] == "proving")


def refused_while_down(stack: StackUnderTest) -> httpx.Response:
    """An answer from the time in which nobody serves."""
    stack.wait(is_down, "r1 stops")
    deadline = time.monotonic() + PATIENCE
    while (told := stack.call("names", "1")).status_code == 200:
        assert time.monotonic() < deadline
    return told


@pytest.mark.alone
@pytest.mark.on_every_platform
async def test_a_revision_that_fits_only_in_place_of_the_other_needs_leave(
    stack: StackUnderTest,
) -> None:
    there = (memory.available() or 0) // 2**20
    write(stack, "v1", more="steps: [10, 100], margin: 0.05", mib=there * 6 // 10)
    await aside(stack.up)
    write(stack, "v2", more="steps: [10, 100], margin: 0.05", mib=there * 12 // 10)
    planned = await aside(stack.argosy, "plan")
    refused = await aside(stack.argosy, "up", "-d")
    assert (planned.code, refused.code) == (0, 1), planned.err
    assert "dip: r1 stops, then r2 starts" in planned.out
    assert "ask r1 before it stops" in planned.out
    for told in (planned.out, refused.err):
        assert "without an answer (drain 0.5 s, cold start" in told
        assert f"r2 may use {there * 12 // 10:,} MiB, and " in told
    assert "`argosy up --allow-downtime`" in refused.err
    assert answered(stack) == "name 1|v1"
    assert outcomes(stack) == []
    async with load(stack).running() as calls:
        await aside(stack.argosy, "up", "-d", "--allow-downtime")
        await calls.more(100)
    assert answered(stack) == "name 1|v2"
    assert outcomes(stack) == ["promoted"]
    assert set(calls.codes) == {"200", "503"}
    assert calls.wrong == []
    verdict_replays(stack)


@pytest.mark.alone
async def test_while_nobody_serves_callers_are_told_so_at_once(stack: StackUnderTest) -> None:
    write(stack, "v1")
    await aside(stack.up)
    write(stack, "v2", loading="time.sleep(3)")
    following = stack.start("up", "-d")  # the file asks for it: that is leave enough
    told = await aside(refused_while_down, stack)
    assert told.elapsed.total_seconds() < 2
    assert "r1 has stopped, and r2 is starting in its place" in told.text
    assert int(told.headers["retry-after"]) >= 1
    out, _ = following.communicate(timeout=PATIENCE)
    assert following.returncode == 0, out
    assert answered(stack) == "name 1|v2"
    shown = stack.argosy("rollout", "status", "names").out
    assert "promoted    nobody answered for " in shown
    verdict_replays(stack)


@pytest.mark.on_every_platform
@pytest.mark.parametrize("how", ["worse", "broken"])
async def test_the_old_one_comes_back_where_the_new_one_is_no_good(
    stack: StackUnderTest, how: str
) -> None:
    write(stack, "v1")
    await aside(stack.up)
    loading = "pass" if how == "worse" else "raise ValueError('bad weights')"
    async with load(stack).running() as calls:
        write(stack, "v2", loading=loading, names=WORSE)
        refused = await aside(stack.argosy, "up", "-d")
        back = await aside(answered, stack)
        await calls.more(50)
    assert refused.code == 1
    assert "names r2 did not take over. names r1 goes on serving." in refused.err
    assert ("Worse by more than 0.05" if how == "worse" else "bad weights") in refused.err
    assert back == "name 1|v1"
    assert outcomes(stack) == ["rolled back"]
    assert {str(one).partition("|")[2] for one in calls.answers} == {"v1"}
    assert set(calls.codes) == {"200", "503"}


@pytest.mark.on_every_platform
@pytest.mark.parametrize("when", ["starting", "proving"])
def test_a_supervisor_that_is_killed_in_the_middle_goes_on(
    stack: StackUnderTest, when: str
) -> None:
    write(stack, "v1")
    stack.up()
    write(stack, "v2", before=SLOW)
    following = stack.start("up", "-d")
    reached = is_down if when == "starting" else is_proving
    kill(stack.wait(reached, when)["supervisor_pid"])
    following.communicate(timeout=PATIENCE)
    stack.up()
    assert answered(stack) == "name 1|v2"
    assert outcomes(stack) == ["promoted"]


def test_files_as_they_were_bring_the_old_one_back(stack: StackUnderTest) -> None:
    write(stack, "v1")
    stack.up()
    write(stack, "v2", loading="time.sleep(60)")
    following = stack.start("up", "-d")
    stack.wait(is_down, "r1 stops")
    write(stack, "v1")
    stack.up()
    following.communicate(timeout=PATIENCE)
    assert answered(stack) == "name 1|v1"
    assert outcomes(stack) == ["aborted"]


def test_whoever_aborts_or_goes_back_gets_the_old_one_the_same_way(stack: StackUnderTest) -> None:
    write(stack, "v1")
    stack.up()
    write(stack, "v2", loading="time.sleep(60)")
    following = stack.start("up", "-d")
    (pid,) = {one["pid"] for one in stack.wait(is_down, "r1 stops")["models"][0]["replicas"]}
    paused = stack.argosy("rollout", "pause", "names")
    assert paused.code == 2
    assert "nobody answers while that is so" in paused.err
    assert stack.argosy("rollout", "abort", "names").code == 0
    following.communicate(timeout=PATIENCE)
    assert answered(stack) == "name 1|v1"
    assert not runs(pid)
    write(stack, "v3")
    stack.up()
    assert stack.argosy("rollback", "names", "r1").code == 0
    assert answered(stack) == "name 1|v1"
    assert stack.argosy("restart").code == 0
    assert answered(stack) == "name 1|v1"


def test_a_suite_that_is_all_there_is_to_know_decides_by_itself(stack: StackUnderTest) -> None:
    point = "strategy: recreate, gate: point, margin: 0.1"
    write(stack, "v1", more=point, items=8)
    stack.up()
    code = MODEL.format(version="v2", loading="pass", before="pass")
    stack.put("names/model.py", code)
    planned = stack.argosy("plan")
    assert planned.code == 0, planned.err
    assert "8 items, margin 0.1 on the suite itself" in planned.out
    stack.up()
    stack.put("names/names.json", json.dumps({**NAMES, "3": "?"}))
    refused = stack.argosy("up", "-d")
    assert refused.code == 1
    assert "Worse by more than 0.1 on the suite itself: the observed difference is" in refused.err
    assert answered(stack) == "name 1|v2"
    assert outcomes(stack) == ["rolled back", "promoted"]
    verdict_replays(stack)
