"""Releases go the same way whatever platform the replicas run on."""

from __future__ import annotations

from typing import Any

import pytest

from argosy.supervisor.client import Client
from tests.scenarios.rollout.names import (
    ITEMS,
    NAMES,
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
    write,
)
from tests.scenarios.stack import StackUnderTest, aside

pytestmark = pytest.mark.on_every_platform
SOME_WRONG = {**NAMES, **{str(number): "?" for number in range(0, ITEMS, 8)}}
CALLERS = 1000


async def test_a_worse_release_is_refused_a_better_one_promoted_and_the_first_comes_back(
    stack: StackUnderTest,
) -> None:
    write(stack, "v1")
    put_names(stack, SOME_WRONG)
    await aside(stack.up)
    async with load(stack).running() as calls:
        write(stack, "v2")
        put_names(stack, WORSE["labels shifted"])
        refused = await aside(stack.argosy, "up", "-d")
        assert (refused.code, most_seen(stack)) == (1, 0), refused.err
        assert "names r2 did not take over. names r1 goes on serving." in refused.err

        write(stack, "v3", hold="2s")
        rolling = stack.start("up", "-d")
        shares = {percent: await aside(_share_of_v3, stack, percent) for percent in (10, 50)}
        await aside(rolling.communicate)
        assert rolling.returncode == 3  # it was paused
        await aside(stack.wait, lambda status: status["models"][0]["serving"] == 3, "r3 serves")
        assert all(abs(found - percent) < 3 for percent, found in shares.items()), shares
        await calls.more(50)
        assert by_version(calls.answers[-20:]) == {"v3"}

        back = await aside(stack.argosy, "rollback", "names", "r1")
        assert back.code == 0, back.err
        await calls.more(50)
    assert (calls.failed, calls.wrong) == (0, []), calls.failures[:3]
    assert by_version(calls.answers[-20:]) == {"v1"}
    assert by_version(calls.answers) == {"v1", "v3"}
    assert outcomes(stack) == ["promoted", "promoted", "rolled back"]


async def test_a_revision_comes_back_while_its_last_replica_still_drains(
    stack: StackUnderTest,
) -> None:
    write(stack, "v1", drain="8s")
    await aside(stack.up)
    async with load(stack).running() as calls:
        write(stack, "v2", drain="8s")
        rolling = stack.start("up", "-d")
        await aside(stack.wait, _drains, "r1 drains")
        with Client((stack.folder / "argosy.yaml").resolve()) as client:
            client.back("names", 1)
        assert _drains(stack.status())
        await aside(rolling.communicate)
        await aside(stack.wait, lambda status: status["settled"], "r1 is back")
        await calls.more(50)
    assert (calls.failed, calls.wrong) == (0, []), calls.failures[:3]
    assert by_version(calls.answers[-20:]) == {"v1"}


def _drains(status: dict[str, Any]) -> bool:
    """Whether r2 serves, and r1 is about to go."""
    replicas = {(one["revision"], one["state"]) for one in status["models"][0]["replicas"]}
    return {(1, "draining"), (2, "ready")} <= replicas


def _share_of_v3(stack: StackUnderTest, percent: int) -> float:
    """In percent, while it has this step, and is paused so that none else comes."""
    stack.wait(has(percent), f"{percent} %")
    decide(stack, "pause")
    versions = list(callers(stack, CALLERS).values())
    decide(stack, "resume")
    return 100 * versions.count("v3") / len(versions)


async def test_a_supervisor_that_is_killed_while_it_proves_goes_on_proving(
    stack: StackUnderTest,
) -> None:
    await goes_on_after_a_kill(stack, is_proving)
