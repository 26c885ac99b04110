"""Revisions that run only to be asked: who may be one, and for how long."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path

import pytest

from argosy.errors import ArgosyError, UsageError
from argosy.platforms.platform import Progress, Replica
from argosy.stack.model import Model, Resources, Stack
from argosy.stack.revision import Lock, Revision
from argosy.supervisor.preflight import NVIDIA
from argosy.supervisor.probing.guests import Guests
from argosy.supervisor.rollouts.stored import StoredRollout
from argosy.supervisor.status import Hosted
from argosy.supervisor.store import Store
from tests.supervisor.standing import Standing

LOCK = Lock("d" * 64, "3.11.7", Path("/state/locks/m.txt"))


class Preparing(Standing):
    """What needs no preparation, unless that fails."""

    fault: str = ""

    async def prepare(self, revision: Revision, progress: Progress) -> None:
        progress(f"r{revision.number} is prepared")
        if self.fault:
            raise ArgosyError(self.fault)


def revision(number: int, memory: int | None = None) -> Revision:
    model = Model("m", resources=Resources(memory=memory))
    return Revision(number, model, LOCK, f"digest {number}")


class World:
    """r2 of the model ``m`` serves; r1 did before, and r3 was given up."""

    def __init__(self, folder: Path) -> None:
        self.changed = asyncio.Event()
        self.store = Store(folder / "state.sqlite")
        self.platform = Preparing(folder / "run", folder)
        self.stack = Stack("s", folder / "argosy.yaml", (Model("m"),))
        self.platform.declare(self.stack)
        self.store.declare(self.stack, up=True)
        for number, state in ((1, "prepared"), (2, "prepared"), (3, "failed")):
            self.store.add_revision(revision(number), "code changed")
            self.store.set_state(revision(number), state)  # type: ignore[arg-type]
        self.store.set_target("m", 3, 1)
        self.store.set_serving("m", 2)
        self.guests = Guests(self.store, self.platform, self.changed.set)

    async def changes(self) -> AsyncGenerator[None]:
        while True:
            self.changed.clear()
            yield
            await self.changed.wait()

    def see(self, *replicas: Replica) -> None:
        self.platform.replicas = replicas
        self.changed.set()

    def hosted(self, number: int) -> AsyncGenerator[Hosted]:
        return self.guests.host("m", number, self.changes())

    async def refused(self, number: int) -> str:
        with pytest.raises(ArgosyError) as refusal:
            await anext(self.hosted(number))
        return str(refusal.value)


@pytest.fixture
async def world(tmp_path: Path) -> World:
    return World(tmp_path)


async def until(told: AsyncGenerator[Hosted], state: str) -> Hosted:
    async for one in told:
        if one.state == state:
            return one
    raise AssertionError(f"it never was {state}")


@pytest.mark.parametrize("number", [1, 3])
async def test_a_guest_is_wanted_for_as_long_as_it_is_asked(world: World, number: int) -> None:
    async with aclosing(world.hosted(number)) as told:
        await until(told, "starting")
        assert world.guests.wanted() == {"m": (revision(number),)}
        leaving = Replica("m", number, 1, "draining")
        ready = Replica("m", number, 2, "ready")
        world.see(leaving, ready)
        assert await until(told, "ready") == Hosted("ready", "", ready)
    assert world.guests.wanted() == {}
    assert world.changed.is_set()


async def test_it_stays_until_the_last_who_asks_has_gone(world: World) -> None:
    async with aclosing(world.hosted(1)) as first:
        await until(first, "starting")
        async with aclosing(world.hosted(1)) as second:
            await until(second, "starting")
        assert world.guests.wanted() == {"m": (revision(1),)}
    assert world.guests.wanted() == {}


async def test_one_that_cannot_be_prepared_or_started_says_why(world: World) -> None:
    world.platform.fault = "no such package"
    async with aclosing(world.hosted(1)) as told:
        assert (await until(told, "failed")).told == "no such package."
        assert world.guests.wanted() == {}
        assert await anext(told, None) is None
    world.platform.fault = ""
    world.see(Replica("m", 1, 1, "waiting", failures=1, reason="ValueError: bad weights"))
    async with aclosing(world.hosted(1)) as told:
        assert (await until(told, "failed")).told == "ValueError: bad weights"


async def test_what_does_not_exist_or_runs_anyhow_is_no_guest(world: World) -> None:
    with pytest.raises(UsageError, match=r"m has no r9\. It has r1, r2, r3\."):
        await anext(world.hosted(9))
    with pytest.raises(UsageError, match=r"no model is named 'n'\. The models are: m\."):
        await anext(world.guests.host("n", 1, world.changes()))
    assert await world.refused(2) == "m: no replica of r2 is ready. See `argosy ps`."
    world.store.set_up(up=False)
    assert await world.refused(1) == "this stack is down. Run `argosy up` first."


async def test_while_another_revision_takes_over_there_are_no_guests(world: World) -> None:
    world.store.add_revision(revision(4), "code changed")
    world.store.set_target("m", 4, 1)
    told = "m: r4 takes over now, and no third revision is started meanwhile. Ask r2 or r4"
    assert (await world.refused(1)).startswith(told)
    world.store.set_state(revision(4), "prepared")
    world.store.put_rollout(StoredRollout("m", 4, 2, started_at=1.0))
    assert (await world.refused(1)).startswith(told)


async def test_one_that_does_not_fit_beside_what_runs_is_refused(world: World) -> None:
    world.store.set_places(revision(1, memory=2**60))
    assert "not enough memory: a replica of r1 beside what runs" in await world.refused(1)
    world.store.set_places(revision(1, memory=2**20))
    async with aclosing(world.hosted(1)) as told:
        await until(told, "starting")


async def test_a_model_that_is_no_longer_declared_has_no_guests(world: World) -> None:
    async with aclosing(world.hosted(1)) as told:
        await until(told, "starting")
        world.store.forget("m")
        world.changed.set()
        assert (await until(told, "failed")).told == "m is no longer a part of the stack"


@pytest.mark.skipif(NVIDIA.exists(), reason="this machine has what is asked for")
async def test_a_guest_that_asks_for_a_gpu_needs_one_too(world: World) -> None:
    asking = replace(revision(1), model=Model("m", resources=Resources(gpus=1)))
    world.store.set_places(asking)
    assert "resources.gpus asks for a GPU" in await world.refused(1)
