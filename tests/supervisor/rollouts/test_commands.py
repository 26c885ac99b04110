"""What people decide about rollouts, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from argosy.errors import UsageError
from argosy.stack.model import Model
from argosy.stack.revision import Lock, Revision
from argosy.supervisor.declare import Declared
from argosy.supervisor.rollouts.commands import RolloutCommands
from argosy.supervisor.rollouts.stored import StoredRollout
from argosy.supervisor.store import Store


def revision(number: int) -> Revision:
    lock = Lock("d" * 64, "3.11.7", Path("/state/locks/m.txt"))
    return Revision(number, Model("m"), lock, f"digest {number}")


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """r2 takes over from r1."""
    made = Store(tmp_path / "state.sqlite")
    for number in (1, 2):
        made.add_revision(revision(number), "code changed")
        made.set_state(revision(number), "prepared")
    made.set_target("m", 2, 1)
    made.set_serving("m", 1)
    made.put_rollout(StoredRollout("m", 2, 1, started_at=1.0))
    return made


@pytest.fixture
def commands(store: Store) -> RolloutCommands:
    return RolloutCommands(store)


def current(store: Store) -> StoredRollout:
    found = store.rollout("m")
    assert found
    return found


def test_a_paused_rollout_goes_on_where_it_was(store: Store, commands: RolloutCommands) -> None:
    store.put_rollout(current(store).shifted(10))
    commands.pause("m")
    assert current(store).paused
    commands.resume("m")
    assert (current(store).paused, current(store).weight) == (False, 10)
    assert current(store).resumed_at >= current(store).shifts[-1].at


def test_nobody_pauses_while_nobody_answers(store: Store, commands: RolloutCommands) -> None:
    store.put_rollout(replace(current(store), down_since=2.0))
    with pytest.raises(UsageError, match=r"m r1 has stopped for r2.*`argosy rollout abort m`"):
        commands.pause("m")
    commands.abort("m")
    assert current(store).fault == "it was aborted"


def test_what_the_gate_could_not_decide_is_not_resumed(
    store: Store, commands: RolloutCommands
) -> None:
    found = replace(current(store), verdict="inconclusive", paused=True, reason="too few items")
    store.put_rollout(found)
    with pytest.raises(UsageError, match="could not decide about m r2: too few items"):
        commands.resume("m")
    commands.promote("m")
    assert (current(store).forced, current(store).paused) == (True, False)


def test_a_rollout_can_be_aborted_before_its_revision_is_ready(
    store: Store, commands: RolloutCommands
) -> None:
    store.put_rollout(current(store).ended("aborted"))
    commands.abort("m")
    assert current(store).fault == "it was aborted"


def test_where_nothing_is_rolled_out_there_is_nothing_to_decide(
    store: Store, commands: RolloutCommands
) -> None:
    store.put_rollout(current(store).ended("promoted"))
    store.set_serving("m", 2)
    with pytest.raises(UsageError, match="no revision of m is being rolled out"):
        commands.pause("m")
    with pytest.raises(UsageError, match="no model is named 'n'"):
        commands.pause("n")


def test_back_goes_to_what_served_before(store: Store, commands: RolloutCommands) -> None:
    store.put_rollout(current(store).ended("promoted"))
    store.set_serving("m", 2)
    assert commands.back("m", None) == 1
    (entry,) = store.models()
    assert entry.target == 1
    assert (current(store).revision, current(store).forced) == (1, True)


def test_back_to_a_revision_that_failed_tries_it_again(
    store: Store, commands: RolloutCommands
) -> None:
    store.put_rollout(current(store).ended("rolled back"))
    store.set_state(revision(2), "failed", "worse")
    assert commands.back("m", 2) == 2
    assert store.revision("m", 2).state == "declared"


def test_back_to_what_serves_ends_the_rollout(store: Store, commands: RolloutCommands) -> None:
    assert commands.back("m", 1) == 1
    assert current(store).fault


def test_what_is_trusted_takes_the_place_of_what_was_under_way(
    store: Store, commands: RolloutCommands
) -> None:
    commands.trust("m", 3, "restarted")
    assert (current(store).revision, current(store).before, current(store).forced) == (3, 1, True)
    assert [one.outcome for one in commands.history("m")] == ["", "aborted"]


@pytest.mark.parametrize(
    ("number", "said"), [(7, "m has no r7. It has r1, r2"), (2, "m r2 serves already")]
)
def test_back_to_nowhere_is_refused(
    store: Store, commands: RolloutCommands, number: int, said: str
) -> None:
    store.put_rollout(current(store).ended("promoted"))
    store.set_serving("m", 2)
    with pytest.raises(UsageError, match=said):
        commands.back("m", number)


def test_other_files_are_refused_while_a_revision_is_rolled_out(commands: RolloutCommands) -> None:
    with pytest.raises(UsageError, match="m r2 is being rolled out, and its files have changed"):
        commands.check([Declared(revision(3), 1)])
    commands.check([Declared(revision(2), 1), Declared(revision(1), 1)])
    commands.pause("m")
    with pytest.raises(UsageError, match=r"has paused.*`argosy rollout promote m`, or") as refused:
        commands.check([Declared(revision(3), 1)])
    assert "Wait" not in str(refused.value)


def test_files_as_they_were_end_the_rollout(store: Store, commands: RolloutCommands) -> None:
    commands.accept([Declared(revision(1), 1)])
    assert store.rollout("m") is None
    (ended,) = commands.history("m")
    assert (ended.outcome, ended.reason) == ("aborted", "its files are again as they were")
