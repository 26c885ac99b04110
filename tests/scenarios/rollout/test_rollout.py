"""A worse model never gets all of the traffic, and no request is lost in finding out."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest

from tests.scenarios.rollout.names import (
    ITEMS,
    MODEL,
    MODELS,
    NAMES,
    SLOW,
    SUITE,
    WORSE,
    by_version,
    callers,
    decide,
    goes_on_after_a_kill,
    has,
    is_proving,
    load,
    most_seen,
    outcomes,
    put_names,
    put_suite,
    rollout,
    write,
)
from tests.scenarios.stack import Result, StackUnderTest, aside, kill

HANG = "time.sleep(600); self.names ="


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


@pytest.mark.parametrize("percent", [10, 50])
async def test_a_supervisor_that_is_killed_goes_on_at_the_same_share(
    stack: StackUnderTest, percent: int
) -> None:
    await goes_on_after_a_kill(stack, has(percent))


@pytest.mark.alone
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
    told = "names r2 is being rolled out and has paused, and its files have changed since"
    assert told in refused.err
    decide(stack, "resume")
    stack.wait(lambda status: status["models"][0]["serving"] == 2, "r2 serves")
    assert stack.call("names", "1").json() == {"output": "name 1|v2"}


def test_a_second_up_of_the_same_files_waits_for_the_same_rollout(stack: StackUnderTest) -> None:
    write(stack, "v1")
    stack.up()
    write(stack, "v2", before=SLOW)
    first = stack.start("up", "-d")
    stack.wait(lambda status: bool(rollout(status).get("decision")), "answers")
    put_suite(stack, [{"input": key, "expected": "nothing"} for key in NAMES])
    second = stack.start("up", "-d")
    for command in (first, second):
        said, _ = command.communicate(timeout=60)
        assert command.returncode == 0, said
    assert stack.model("names")["serving"] == 2
    assert outcomes(stack) == ["promoted"]


def test_a_revision_that_never_starts_is_given_up_and_the_old_one_serves(
    stack: StackUnderTest,
) -> None:
    write(stack, "v1")
    stack.up()
    hanging = MODEL.format(version="v2", before="pass").replace("self.names =", HANG)
    impatient = MODELS.format(hold="200ms", drain="1s") + "  start_timeout: 3s\n"
    stack.write(impatient, names__model=hanging)
    refused = stack.argosy("up", "-d")
    assert refused.code == 1
    assert "names r2 did not take over. names r1 goes on serving." in refused.err
    assert stack.call("names", "1").json() == {"output": "name 1|v1"}


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


def test_whoever_goes_back_to_what_serves_ends_the_rollout_as_asked(stack: StackUnderTest) -> None:
    write(stack, "v1", hold="60s")
    stack.up()
    write(stack, "v2", hold="60s")
    following = stack.start("up", "-d")
    stack.wait(has(10), "10 %")
    back = stack.argosy("rollback", "names", "r1")
    assert back.code == 0, back.err
    following.communicate(timeout=60)
    assert following.returncode == 1
    assert set(callers(stack, 100).values()) == {"v1"}
    assert "start r2" in stack.argosy("plan").out


def restarted(status: dict[str, Any], revision: int) -> bool:
    """Whether its replicas are ready after one has died."""
    own = [one for one in status["models"][0]["replicas"] if one["revision"] == revision]
    return all(one["state"] == "ready" and one["restarts"] for one in own)


def replicas_of(status: dict[str, Any], revision: int) -> Iterator[int]:
    for replica in status["models"][0]["replicas"]:
        if replica["revision"] == revision:
            yield replica["pid"]
