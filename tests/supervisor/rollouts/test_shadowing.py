"""Pairs are joined, compared, counted and judged; what was counted is not lost."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from argosy.gateway.recordings import Recorded, Recordings
from argosy.stack.model import Gateway, Model, Rollout, Shadow, Stack
from argosy.supervisor.rollouts.shadowing import MOST_WAITING, Pairs, Shadowing, needed
from argosy.supervisor.rollouts.stored import StoredRollout
from argosy.supervisor.store import Store, open_store
from tests.waiting import eventually

SETTINGS = Rollout(margin=0.2, shadow=Shadow(fraction=1.0))


def answer(revision: int, request: str, output: object = 1, status: int = 200) -> Recorded:
    body = bytearray(json.dumps({"output": output}).encode())
    return Recorded(
        id=request,
        model="m",
        revision=revision,
        method="POST",
        path="/predict",
        status=status,
        body=body,
        length=len(body),
        ended=True,
    )


@pytest.fixture
def store(tmp_path: Path) -> Store:
    file = tmp_path / "argosy.yaml"
    store = open_store(file, tmp_path)
    store.declare(
        Stack("s", file, (Model("m", rollout=SETTINGS),), gateway=Gateway("127.0.0.1:1")), up=True
    )
    return store


class Shadowed:
    """A comparison that runs, and what is told to it."""

    def __init__(self, store: Store, state: Path) -> None:
        self.store = store
        self.recordings = Recordings()
        self.shadowing = Shadowing(
            store, self.recordings, state, lambda: None, embedder=lambda _: None
        )
        self.sent = 0

    async def begin(self) -> StoredRollout:
        known = self.store.rollout("m") or self.store.put_rollout(StoredRollout("m", 2, 1, 0.0))
        self.shadowing.start(known)
        await eventually(lambda: "m" in self.recordings._listeners)
        return known

    def hear(self, count: int, outputs: tuple[object, object] = (1, 1)) -> None:
        for _ in range(count):
            self.sent += 1
            for revision, output in zip((1, 2), outputs, strict=True):
                self.recordings._listeners["m"](answer(revision, str(self.sent), output))


@pytest.fixture
async def shadowed(store: Store, tmp_path: Path) -> AsyncIterator[Shadowed]:
    made = Shadowed(store, tmp_path)
    yield made
    await made.shadowing.stop()
    store.close()


async def test_equal_answers_promote_without_labels(shadowed: Shadowed) -> None:
    rollout = await shadowed.begin()
    shadowed.hear(needed(SETTINGS) // 10)
    await eventually(lambda: not shadowed.shadowing.runs(rollout))
    found = shadowed.store.rollout("m")
    assert found is not None
    assert found.shadow is not None
    assert (found.shadow.verdict, found.shadow.differing, found.paused) == ("promote", 0, False)
    assert found.reason.startswith("Not worse by 0.2 or more")
    assert not shadowed.recordings._listeners


async def test_differing_answers_pause_and_are_kept(shadowed: Shadowed, tmp_path: Path) -> None:
    rollout = await shadowed.begin()
    shadowed.hear(100, (1, 2))
    await eventually(lambda: not shadowed.shadowing.runs(rollout))
    found = shadowed.store.rollout("m")
    assert found is not None
    assert found.shadow is not None
    assert (found.shadow.verdict, found.paused) == ("inconclusive", True)
    assert found.reason.startswith("Cannot be shown to be alike any more")
    file = tmp_path / "rollouts" / f"m.r2-{rollout.id}.shadow.jsonl"
    assert found.shadow.file == str(file)
    assert len(file.read_text().splitlines()) == found.shadow.differing


async def test_where_too_many_come_fewer_are_copied(shadowed: Shadowed) -> None:
    await shadowed.begin()
    assert shadowed.shadowing.fraction("m", 0.8) == 0.8
    for number in range(1000):
        for one in (answer(1, str(number), status=500), answer(2, str(number))):
            shadowed.recordings._listeners["m"](one)
    await eventually(lambda: shadowed.shadowing.fraction("m", 0.8) < 0.8)


async def test_counts_outlive_the_supervisor(shadowed: Shadowed, tmp_path: Path) -> None:
    await shadowed.begin()
    shadowed.hear(5)
    await eventually(lambda: _seen(shadowed.store) == 5)
    await shadowed.shadowing.stop()
    again = Shadowed(shadowed.store, tmp_path)
    await again.begin()
    again.hear(3)
    await eventually(lambda: _seen(shadowed.store) == 8)
    await again.shadowing.stop()


async def test_what_the_stack_file_says_of_bodies_counts_at_once(shadowed: Shadowed) -> None:
    rollout = await shadowed.begin()
    shadowed.hear(1, (1, "first"))
    await eventually(lambda: _seen(shadowed.store) == 1)
    keeping = replace(SETTINGS, shadow=Shadow(fraction=1.0, keep_bodies=True))
    shadowed.store.declare(_stack(shadowed.store, keeping), up=True)
    shadowed.hear(1, (1, "second"))
    await eventually(lambda: _seen(shadowed.store) == 2)
    found = shadowed.store.rollout("m")
    assert found is not None
    assert found.shadow is not None
    text = Path(found.shadow.file).read_text()
    assert "first" not in text
    assert "second" in text
    shadowed.store.declare(_stack(shadowed.store, replace(SETTINGS, shadow=None)), up=True)
    shadowed.hear(1)
    await eventually(lambda: not shadowed.shadowing.runs(rollout))


async def test_another_rollout_takes_the_place_of_one_that_has_ended(shadowed: Shadowed) -> None:
    first = await shadowed.begin()
    shadowed.store.put_rollout(first.ended("aborted"))
    second = await shadowed.begin()
    await asyncio.sleep(0)
    assert shadowed.shadowing.runs(second)
    assert not shadowed.shadowing.runs(first)
    await eventually(lambda: _seen(shadowed.store) == 0)
    shadowed.hear(2)
    await eventually(lambda: _seen(shadowed.store) == 2)


async def test_memory_is_bounded_and_what_is_lost_is_counted() -> None:
    pairs = Pairs(1, 2)
    for number in range(3 * MOST_WAITING):
        pairs.hear(answer(1, f"alone {number}"))
    assert pairs.lost == 2 * MOST_WAITING
    for number in range(MOST_WAITING + 7):
        pairs.hear(answer(2, f"{number}"))
        pairs.hear(answer(1, f"{number}"))
    taken = await pairs.taken()
    assert len(taken) == MOST_WAITING
    assert {(old.revision, new.revision) for old, new in taken} == {(1, 2)}
    assert pairs.lost >= 2 * MOST_WAITING + 7


def test_answers_of_other_revisions_are_not_for_it() -> None:
    pairs = Pairs(1, 2)
    pairs.hear(answer(3, "a"))
    assert not pairs._alone


def _stack(store: Store, settings: Rollout) -> Stack:
    declared = store.declared()
    assert declared is not None
    return replace(declared[0], models=(Model("m", rollout=settings),))


def _seen(store: Store) -> int:
    found = store.rollout("m")
    return found.shadow.seen if found and found.shadow else -1
