"""A worse model never gets all of the traffic, and no request is lost in finding out."""

from __future__ import annotations

import http.client
import itertools
import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from argosy.supervisor.client import Client
from argosy.supervisor.rollouts.stored import Decided
from tests.scenarios.stack import Load, Result, StackUnderTest, aside, kill

ITEMS = 200
MODELS = """
names:
  code: ./names
  weights: ./names.json
  timeout: 2s
  drain: 1s
  probe: {{suite: ./suite.jsonl, scorer: contains, timeout: 2s}}
  rollout: {{steps: [10, 50, 100], hold: {hold}, margin: 0.05}}
"""
MODEL = """
import json, os, time

class Model:
    def load(self, weights):
        self.names = json.loads(weights.read_text())

    def predict(self, text):
        {before}
        return f"{{self.names.get(text, text)}}|{version}"
"""
SLOW = "time.sleep(0.02 if text in self.names else 0)"
NAMES = {str(number): f"name {number}" for number in range(ITEMS)}
SUITE = [{"input": key, "expected": name} for key, name in NAMES.items()]
WORSE = {
    "weights corrupted": {key: name[: 4 + int(key) % 4] for key, name in NAMES.items()},
    "labels shifted": {key: f"name {int(key) + 1}" for key in NAMES},
}


def write(
    stack: StackUnderTest, version: str, *, before: str = "pass", hold: str = "200ms"
) -> None:
    """A revision with right names, which says its version in every answer."""
    stack.write(MODELS.format(hold=hold), names__model=MODEL.format(version=version, before=before))
    put_names(stack, NAMES)
    put_suite(stack, SUITE)


def put_names(stack: StackUnderTest, names: dict[str, str]) -> None:
    stack.put("names.json", json.dumps(names))


def put_suite(stack: StackUnderTest, items: list[dict[str, str]]) -> None:
    stack.put("suite.jsonl", "".join(json.dumps(item) + "\n" for item in items))


def load(stack: StackUnderTest) -> Load:
    return Load(f"{stack.url}/api/names", apart=True)


def by_version(answers: list[Any]) -> set[str]:
    return {answer.split("|")[1] for answer in answers}


def rollout(status: dict[str, Any]) -> dict[str, Any]:
    """The one under way; empty while there is none."""
    return next(one for one in status["models"] if one["name"] == "names")["rollout"] or {}


def is_proving(status: dict[str, Any]) -> bool:
    return bool(rollout(status).get("verdict") == "proving")


def has(weight: float) -> Callable[[dict[str, Any]], bool]:
    return lambda status: rollout(status).get("weight") == weight


def decide(stack: StackUnderTest, what: Decided) -> None:
    with Client((stack.folder / "argosy.yaml").resolve()) as client:
        client.roll("names", what)


def outcomes(stack: StackUnderTest) -> list[str]:
    """Of all rollouts, newest first."""
    told = json.loads(stack.argosy("rollout", "status", "names", "--json").out)
    return [one["outcome"] for one in told["rollouts"]]


def most_seen(stack: StackUnderTest) -> float:
    """The largest share of the traffic that the last rollout gave its revision."""
    told = json.loads(stack.argosy("rollout", "status", "names", "--json").out)
    return max((one["weight"] for one in told["rollouts"][0]["shifts"]), default=0)


@pytest.mark.parametrize("shown", ["better", "equal"])
async def test_a_model_that_is_no_worse_is_promoted_step_by_step(
    stack: StackUnderTest, shown: str
) -> None:
    write(stack, "v1")
    if shown == "better":
        put_names(stack, {**NAMES, **{str(number): "?" for number in range(0, ITEMS, 8)}})
    await aside(stack.up)
    async with load(stack).running() as calls:
        write(stack, "v2")
        planned = await aside(stack.argosy, "plan")
        await aside(stack.up)
        await calls.more(100)
    assert "200 items, margin 0.05 (needs 90 at least)" in planned.out
    assert (calls.failed, calls.wrong) == (0, []), calls.failures[:3]
    assert by_version(calls.answers[-50:]) == {"v2"}
    assert stack.model("names")["serving"] == 2
    assert outcomes(stack) == ["promoted"]
    assert most_seen(stack) == 50  # what follows is all


@pytest.mark.parametrize("how", ["weights corrupted", "labels shifted", "wrong preprocessing"])
async def test_a_worse_model_is_rolled_back_before_it_gets_any_traffic(
    stack: StackUnderTest, how: str
) -> None:
    write(stack, "v1")
    await aside(stack.up)
    async with load(stack).running() as calls:
        write(stack, "v2", before="pass" if how in WORSE else "text = text.lstrip('1')")
        put_names(stack, WORSE.get(how, NAMES))
        refused = await aside(stack.argosy, "up", "-d")
        await calls.more(50)
    assert refused.code == 1
    assert "names r2 did not take over. names r1 goes on serving." in refused.err
    assert "Worse by more than 0.05: F =" in refused.err
    assert refused.err.endswith("The evidence: `argosy rollout status names`.\n")
    assert (calls.failed, calls.wrong) == (0, []), calls.failures[:3]
    assert by_version(calls.answers) == {"v1"}
    assert outcomes(stack) == ["rolled back"]
    assert most_seen(stack) == 0


@pytest.mark.on_every_platform
async def test_a_worse_model_is_refused_and_an_equal_one_promoted(stack: StackUnderTest) -> None:
    write(stack, "v1")
    await aside(stack.up)
    async with load(stack).running() as calls:
        write(stack, "v2")
        put_names(stack, WORSE["labels shifted"])
        refused = await aside(stack.argosy, "up", "-d")
        write(stack, "v3")
        await aside(stack.up)
        await calls.more(50)
    assert refused.code == 1
    assert (calls.failed, calls.wrong) == (0, []), calls.failures[:3]
    assert by_version(calls.answers) == {"v1", "v3"}
    assert outcomes(stack) == ["promoted", "rolled back"]


def callers(stack: StackUnderTest, count: int) -> dict[str, str]:
    """Which version each of so many callers gets, by the address that it calls from."""

    def ask(address: str) -> str:
        connection = http.client.HTTPConnection(
            "127.0.0.1", stack.port, timeout=30, source_address=(address, 0)
        )
        connection.request("POST", "/api/names", json.dumps({"input": "x"}))
        answer = json.load(connection.getresponse())["output"]
        connection.close()
        return str(answer).split("|")[1]

    places = itertools.product(range(1, 255), range(1, 255))
    addresses = [f"127.2.{a}.{b}" for b, a in itertools.islice(places, count)]
    with ThreadPoolExecutor(4) as threads:
        return dict(zip(addresses, threads.map(ask, addresses), strict=True))


def test_callers_are_shared_out_as_the_steps_say_and_stay_where_they_are(
    stack: StackUnderTest,
) -> None:
    write(stack, "v1", hold="4s")
    stack.up()
    write(stack, "v2", hold="4s")
    following = stack.start("up", "-d")
    found = {}
    for step in (10, 50):
        stack.wait(has(step), f"{step} %")
        decide(stack, "pause")
        found[step] = callers(stack, 4000)
        again = callers(stack, 100)
        assert again == {address: found[step][address] for address in again}
        decide(stack, "resume")
    stack.wait(lambda status: status["models"][0]["serving"] == 2, "all of the traffic")
    for step, versions in found.items():
        share = sum(one == "v2" for one in versions.values()) / len(versions)
        assert abs(100 * share - step) < 2
    moved_back = [one for one, got in found[10].items() if got == "v2" != found[50][one]]
    assert moved_back == []
    stack.wait_ready()
    assert set(callers(stack, 500).values()) == {"v2"}
    following.communicate(timeout=60)


@pytest.mark.parametrize("when", ["proving", "10 %", "50 %"])
async def test_a_supervisor_that_is_killed_goes_on_where_it_was(
    stack: StackUnderTest, when: str
) -> None:
    write(stack, "v1", hold="2s")
    await aside(stack.up)
    write(stack, "v2", hold="2s", before=SLOW)
    async with load(stack).running() as calls:
        following = stack.start("up", "-d")
        reached = is_proving if when == "proving" else has(float(when.split(maxsplit=1)[0]))
        await aside(stack.wait, reached, when)
        kill(stack.status()["supervisor_pid"])
        await aside(following.communicate)
        await calls.more(50)
        await aside(stack.up)
        await calls.more(100)
    assert (calls.failed, calls.wrong) == (0, []), calls.failures[:3]
    assert by_version(calls.answers[-50:]) == {"v2"}
    assert outcomes(stack) == ["promoted"]


async def test_an_earlier_revision_serves_again_within_seconds(stack: StackUnderTest) -> None:
    golden = {}
    for number in (1, 2, 3):
        write(stack, f"v{number}")
        await aside(stack.up)
        if number == 1:
            golden = {key: stack.call("names", key).json() for key in list(NAMES)[:20]}
    async with load(stack).running() as calls:
        began = time.monotonic()
        back = await aside(stack.argosy, "rollback", "names", "r1")
        took = time.monotonic() - began
        await calls.more(50)
    assert back.code == 0, back.err
    assert took < 20
    assert (calls.failed, calls.wrong) == (0, []), calls.failures[:3]
    assert by_version(calls.answers[-20:]) == {"v1"}
    assert {key: stack.call("names", key).json() for key in golden} == golden


def test_down_and_up_in_the_middle_never_trust_what_is_not_proven(stack: StackUnderTest) -> None:
    write(stack, "v1")
    stack.up()
    write(stack, "v2", before=SLOW)
    put_names(stack, {**NAMES, **{str(number): "?" for number in range(0, ITEMS, 4)}})
    following = stack.start("up", "-d")
    stack.wait(is_proving, "proving")
    assert stack.argosy("down").code == 0
    following.communicate(timeout=60)
    refused = stack.argosy("up", "-d")
    assert refused.code == 1
    assert "Worse by more than 0.05" in refused.err
    assert stack.model("names")["serving"] == 1
    assert stack.call("names", "1").json() == {"output": "name 1|v1"}


def test_other_files_are_refused_and_an_edited_suite_changes_nothing_under_way(
    stack: StackUnderTest,
) -> None:
    write(stack, "v1")
    stack.up()
    write(stack, "v2", before=SLOW, hold="2s")
    following = stack.start("up", "-d")
    stack.wait(lambda status: bool(rollout(status).get("decision")), "answers")
    put_suite(stack, [{"input": key, "expected": "nothing"} for key in NAMES])
    decide(stack, "pause")
    following.communicate(timeout=60)
    assert following.returncode == 3
    stack.put("names/model.py", MODEL.format(version="v3", before="pass"))
    refused = stack.argosy("up", "-d")
    assert refused.code == 2
    assert "names r2 is being rolled out, and its files have changed since" in refused.err
    decide(stack, "resume")
    stack.wait(lambda status: status["models"][0]["serving"] == 2, "r2 serves")
    assert stack.call("names", "1").json() == {"output": "name 1|v2"}


def test_a_gate_that_no_revision_can_pass_is_refused(stack: StackUnderTest) -> None:
    write(stack, "v1")
    put_suite(stack, SUITE[:10])
    stack.up()  # nothing is proven the first time
    stack.put("names/model.py", MODEL.format(version="v2", before="pass"))
    for command in (["plan"], ["up", "-d"]):
        refused = stack.argosy(*command)
        assert refused.code == 1
        assert "10 items can never show a margin of 0.05" in refused.err
        assert "Add 80 items" in refused.err
    assert stack.call("names", "1").json() == {"output": "name 1|v1"}


@pytest.mark.parametrize("how", ["os._exit(1)", "time.sleep(60)"])
async def test_a_model_that_dies_or_hangs_when_it_is_asked_is_rolled_back(
    stack: StackUnderTest, how: str
) -> None:
    write(stack, "v1")
    await aside(stack.up)
    async with load(stack).running() as calls:
        write(stack, "v2", before=f"text in self.names and {how}")
        refused: Result = await aside(stack.argosy, "up", "-d")
    assert refused.code == 1
    assert "names r1 goes on serving" in refused.err
    assert (calls.failed, calls.wrong) == (0, []), calls.failures[:3]
    assert by_version(calls.answers) == {"v1"}


def test_a_replica_that_dies_with_a_share_is_started_again_and_an_abort_takes_the_share_away(
    stack: StackUnderTest,
) -> None:
    write(stack, "v1", hold="60s")
    stack.up()
    write(stack, "v2", hold="60s")
    following = stack.start("up", "-d")
    for pid in replicas_of(stack.wait(has(10), "10 %"), 2):
        kill(pid)
    stack.wait(lambda status: restarted(status, 2), "r2 started again")
    assert set(callers(stack, 100).values()) == {"v1", "v2"}
    decide(stack, "abort")
    following.communicate(timeout=60)
    assert following.returncode == 1
    assert set(callers(stack, 100).values()) == {"v1"}


def restarted(status: dict[str, Any], revision: int) -> bool:
    """Whether its replicas are ready after one has died."""
    own = [one for one in status["models"][0]["replicas"] if one["revision"] == revision]
    return all(one["state"] == "ready" and one["restarts"] for one in own)


def replicas_of(status: dict[str, Any], revision: int) -> Iterator[int]:
    for replica in status["models"][0]["replicas"]:
        if replica["revision"] == revision:
            yield replica["pid"]
