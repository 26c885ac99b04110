from __future__ import annotations

from pathlib import Path

import pytest

from argosy.plan.dip import Dip
from argosy.plan.state import FirstAnswers
from argosy.platforms.platform import ColdStart
from argosy.stack.model import Batch, Gateway, Model, Resources, Stack
from argosy.stack.revision import Lock, Revision
from argosy.supervisor.rollouts.stored import StoredRollout
from argosy.supervisor.store import Store

MODEL = Model(
    "digits",
    engine="onnx",
    weights=Path("/stack/digits.onnx"),
    batch=Batch(64),
    resources=Resources(cpus=0.5, memory=2**29),
    env={"A": "b"},
)


def revision(number: int) -> Revision:
    lock = Lock("d" * 64, "3.11.7", Path("/state/locks/digits.txt"))
    return Revision(number, MODEL, lock, f"digest {number}", weights=Path("/kept/digits.onnx"))


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(tmp_path / "state.sqlite")


def test_what_was_declared_is_there_after_a_restart(tmp_path: Path) -> None:
    stack = Stack("desk", tmp_path / "argosy.yaml", (MODEL,), gateway=Gateway("127.0.0.1:9000"))
    first = Store(tmp_path / "state.sqlite")
    first.declare(stack, up=True)
    first.add_revision(revision(1), "new model")
    first.set_target("digits", 1, 2)
    first.set_serving("digits", 1)
    first.close()
    second = Store(tmp_path / "state.sqlite")
    assert second.declared() == (stack, True)
    assert second.revision("digits", 1).revision == revision(1)
    assert [(one.name, one.serving, one.replicas) for one in second.models()] == [("digits", 1, 2)]
    second.close()


def test_a_failed_revision_can_be_tried_again(store: Store) -> None:
    store.add_revision(revision(1), "new model")
    store.set_state(revision(1), "failed", "no such file")
    assert store.revision("digits", 1).reason == "no such file"
    store.add_revision(revision(1), "tried again")
    assert (store.revision("digits", 1).state, store.revision("digits", 1).reason) == (
        "declared",
        "",
    )
    store.close()


def test_what_a_first_revision_answered_holds_until_it_is_tried_again(store: Store) -> None:
    store.add_revision(revision(1), "new model")
    assert store.first_answers("digits", 1) is None
    store.put_first_answers(revision(1), FirstAnswers("refused", "accuracy 0.5"))
    assert store.first_answers("digits", 1) == FirstAnswers("refused", "accuracy 0.5")
    assert store.first_answers("digits", 2) is None
    store.add_revision(revision(1), "tried again")
    assert store.first_answers("digits", 1) is None
    store.close()


def test_a_dip_is_that_of_one_revision_and_the_last_one_counts(store: Store) -> None:
    dip = Dip("no room", drain=3.0, start=5.0, measured=2)
    store.set_dip("digits", 2, dip)
    assert store.dip("digits", 2) == dip
    assert store.dip("digits", 1) is None
    store.set_dip("digits", 3, None)
    assert store.dip("digits", 2) is None
    store.close()


def test_a_forgotten_model_keeps_its_revisions(store: Store) -> None:
    store.add_revision(revision(1), "new model")
    store.set_target("digits", 1, 1)
    store.forget("digits")
    assert store.models() == []
    assert [one.revision.number for one in store.revisions("digits")] == [1]
    store.close()


def test_cold_starts_are_kept_by_revision_newest_first(store: Store) -> None:
    store.add_cold_start("digits", 1, ColdStart(0.1, 0.2, 0.3))
    store.add_cold_start("digits", 2, ColdStart(0.4, 0.5, 0.6))
    assert [one.start for one in store.cold_starts("digits")] == [0.4, 0.1]
    assert [one.total for one in store.cold_starts("digits", 1)] == [pytest.approx(0.6)]
    store.close()


def test_a_revision_that_was_never_declared_is_not_found(store: Store) -> None:
    with pytest.raises(KeyError, match=r"digits\.r7"):
        store.revision("digits", 7)
    store.close()


def test_a_rollout_is_there_after_a_restart_and_stays_when_it_has_ended(tmp_path: Path) -> None:
    first = Store(tmp_path / "state.sqlite")
    begun = first.put_rollout(StoredRollout("digits", 2, 1, started_at=1.0, seed=7))
    first.put_rollout(begun.shifted(10, now=2.0))
    first.close()
    second = Store(tmp_path / "state.sqlite")
    found = second.rollout("digits")
    assert found
    assert (found.id, found.weight, found.due(hold=3.0), found.seed) == (begun.id, 10, 5.0, 7)
    second.put_rollout(found.ended("promoted"))
    assert second.rollout("digits") is None
    assert [one.outcome for one in second.rollouts("digits")] == ["promoted"]


def test_of_models_that_are_to_be_proven_it_is_kept_which_served_last(store: Store) -> None:
    for name in ("digits", "chat"):
        store.set_target(name, 1, 1)
        store.set_serving(name, 1)
    store.forget_serving(but={"digits"})
    assert {one.name: one.serving for one in store.models()} == {"digits": 1, "chat": None}
