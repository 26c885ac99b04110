"""What restarts and ways back do where two revisions do not fit beside each other."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from argosy.errors import ArgosyError
from argosy.plan.state import Observed, ObservedRevision
from argosy.stack.model import Model, Resources, Rollout, Stack
from argosy.stack.revision import Revision
from argosy.supervisor.declare import Declared
from argosy.supervisor.rollouts.changes import Changes
from argosy.supervisor.rollouts.commands import RolloutCommands
from argosy.supervisor.rollouts.dips import Dips
from argosy.supervisor.rollouts.noise_floors import NoiseFloors
from argosy.supervisor.rollouts.stored import StoredRollout
from argosy.supervisor.store import Store
from tests.plan.worlds import observed, replica, revision

MIB = 2**20
STEPS = Rollout(steps=(10, 100))
STACK = Stack("desk", Path("/desk/argosy.yaml"), (Model("sentiment", rollout=STEPS),))


def large(number: int) -> Revision:
    one = revision(number)
    return replace(one, model=replace(one.model, resources=Resources(memory=500 * MIB)))


def serving() -> Observed:
    """r2."""
    seen = observed(2, replica(2, 1))
    model = seen.models["sentiment"]
    one = replace(model.revisions[2], revision=large(2))
    return replace(seen, models={"sentiment": replace(model, revisions={2: one})})


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """r2 serves, r1 did before."""
    made = Store(tmp_path / "state.sqlite")
    for number in (1, 2):
        made.add_revision(large(number), "code changed")
        made.set_state(large(number), "prepared")
    made.set_target("sentiment", 2, 1)
    made.set_serving("sentiment", 2)
    made.put_rollout(StoredRollout("sentiment", 2, 1, 1.0).ended("promoted", now=2.0))
    return made


@pytest.fixture
def changes(store: Store) -> Changes:
    """On a machine with 300 MiB left."""
    dips = Dips(store, serving, Path("/nowhere"), lambda: 300 * MIB)
    return Changes(store, RolloutCommands(store), NoiseFloors(store, Path("/nowhere")), dips)


def test_a_restart_is_refused_and_has_changed_nothing(store: Store, changes: Changes) -> None:
    with pytest.raises(ArgosyError, match=r"r3 may use 500 MiB.*`argosy restart --allow-downtime`"):
        changes.restart(STACK, ["sentiment"], allow_downtime=False)
    assert [one.target for one in store.models()] == [2]
    assert len(store.revisions("sentiment")) == 2


def test_a_restart_that_is_allowed_is_a_dip(store: Store, changes: Changes) -> None:
    changes.restart(STACK, ["sentiment"], allow_downtime=True)
    assert [one.target for one in store.models()] == [3]
    assert store.dip("sentiment", 3)
    rollout = store.rollout("sentiment")
    assert rollout
    assert rollout.forced


def test_so_is_the_way_back(store: Store, changes: Changes) -> None:
    with pytest.raises(ArgosyError, match="`argosy rollback sentiment r1 --allow-downtime`"):
        changes.back(STACK, "sentiment", None, allow_downtime=False)
    assert [one.target for one in store.models()] == [2]
    assert changes.back(STACK, "sentiment", None, allow_downtime=True) == 1
    assert [one.target for one in store.models()] == [1]
    assert store.dip("sentiment", 1)


def test_the_way_back_from_a_dip_leaves_it_one(store: Store, changes: Changes) -> None:
    changes.restart(STACK, ["sentiment"], allow_downtime=True)
    assert changes.back(STACK, "sentiment", 2, allow_downtime=False) == 2
    rollout = store.rollout("sentiment")
    assert rollout
    assert rollout.fault == "it was aborted"
    assert store.dip("sentiment", 3)


async def test_a_plan_tells_that_a_revision_that_failed_is_tried_again(
    changes: Changes, store: Store
) -> None:
    failed = replace(revision(3), model=replace(revision(3).model, resources=Resources()))
    seen = serving()
    model = seen.models["sentiment"]
    with_failed = {**model.revisions, 3: ObservedRevision(failed, "failed", "no such file")}
    observed = replace(seen, models={"sentiment": replace(model, revisions=with_failed)})
    retried = [Declared(failed, 1, "tried again")]
    steps = str(await changes.plan(STACK, retried, observed)).splitlines()
    assert [" ".join(one.split()) for one in steps[:2]] == [
        "sentiment prepare r3 (Python 3.11.7) tried again",
        "sentiment start r3 ×1 tried again",
    ]
    assert not await changes.plan(STACK, [Declared(large(2), 1)], serving())
