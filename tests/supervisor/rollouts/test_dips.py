"""Which changes are dips, by what there is, and which of them need somebody's leave."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from argosy.errors import ArgosyError, CannotStart
from argosy.plan.dip import Dip
from argosy.plan.state import Observed
from argosy.platforms.platform import ColdStart
from argosy.stack.model import Model, Probe, Resources, Rollout, Stack
from argosy.stack.revision import Revision
from argosy.supervisor.declare import Declared
from argosy.supervisor.rollouts.dips import Dips
from argosy.supervisor.rollouts.stored import StoredRollout, answers_file
from argosy.supervisor.store import Store
from tests.plan.worlds import observed, replica, revision

MIB = 2**20


@pytest.fixture
def store(tmp_path: Path) -> Store:
    """r1 serves."""
    made = Store(tmp_path / "state.sqlite")
    made.add_revision(revision(1), "new model")
    made.set_target("sentiment", 1, 1)
    made.set_serving("sentiment", 1)
    return made


def may_use(number: int, mib: int) -> Revision:
    one = revision(number)
    return replace(one, model=replace(one.model, resources=Resources(memory=mib * MIB)))


def stack(**rollout: object) -> Stack:
    settings = Rollout(**rollout)  # type: ignore[arg-type]
    return Stack("desk", Path("/desk/argosy.yaml"), (Model("sentiment", rollout=settings),))


def running() -> Observed:
    """r1, which may use 400 MiB."""
    seen = observed(1, replica(1, 1))
    model = seen.models["sentiment"]
    one = replace(model.revisions[1], revision=may_use(1, 400))
    return replace(seen, models={"sentiment": replace(model, revisions={1: one})})


def made(
    store: Store, mib: int, seen: Observed | None = None, state: Path = Path("/nowhere")
) -> Dips:
    return Dips(store, lambda: seen or running(), state, lambda: mib * MIB)


def test_what_fits_beside_needs_nobodys_leave(store: Store) -> None:
    dips, declared = made(store, mib=500), [Declared(may_use(2, 500), 1, "code changed")]
    found = dips.of(stack(), declared)
    assert found == {}
    dips.refuse(declared, found, "argosy up")


def test_what_does_not_fit_is_refused_with_figures_and_the_next_step(store: Store) -> None:
    store.add_cold_start("sentiment", 1, ColdStart(0.5, 1.0, 0.5))
    dips, declared = made(store, mib=300), [Declared(may_use(2, 500), 1, "code changed")]
    found = dips.of(stack(), declared)
    with pytest.raises(ArgosyError) as refused:
        dips.refuse(declared, found, "argosy up")
    assert str(refused.value) == (
        "sentiment would not answer for a while: the next revision can start only once the one that"
        " serves has stopped, and that needs your word.\n"
        "sentiment: expected 5 s without an answer (drain 3 s, cold start 2 s: the median of 1);"
        " r2 may use 500 MiB, and 300 MiB is available beside r1."
        " `argosy up --allow-downtime`, or make room: less `resources`, other models stopped."
    )


def test_what_does_not_fit_even_alone_cannot_start(store: Store) -> None:
    with pytest.raises(CannotStart, match=r"1 replicas to start may use 800 MiB, 700 MiB is"):
        made(store, mib=300).of(stack(), [Declared(may_use(2, 800), 1, "code changed")])


def test_the_file_and_an_empty_place_need_no_leave(store: Store) -> None:
    dips, declared = made(store, mib=10_000), [Declared(may_use(2, 250), 1, "code changed")]
    found = dips.of(stack(strategy="recreate"), declared)
    assert not found["sentiment"].needs_leave
    dips.refuse(declared, found, "argosy up")
    down = made(store, mib=300, seen=observed(1, states={1: "prepared"}))
    found = down.of(stack(), declared)
    assert list(found) == ["sentiment"]
    down.refuse(declared, found, "argosy up")


def test_one_that_is_under_way_goes_on_as_it_began(store: Store) -> None:
    dips = made(store, mib=10_000, seen=observed(1, states={1: "prepared", 2: "prepared"}))
    declared = [Declared(may_use(2, 500), 1)]
    allowed = Dip("no room", 3.0, 5.0)
    dips.accept(declared, {"sentiment": allowed})
    assert dips.of(stack(), declared) == {}  # nothing has stopped yet, and now there is room
    store.put_rollout(StoredRollout("sentiment", 2, 1, started_at=1.0, down_since=2.0))
    assert dips.of(stack(), declared) == {"sentiment": replace(allowed, needs_leave=False)}
    assert dips.of(stack(), [Declared(may_use(3, 500), 1, "code changed")]) == {}


def test_two_that_run_side_by_side_already_are_no_dip(store: Store) -> None:
    both = observed(1, replica(1, 1), replica(2, 1))
    assert made(store, mib=1, seen=both).of(stack(), [Declared(may_use(2, 500), 1)]) == {}


def test_what_serves_as_declared_changes_nothing(store: Store) -> None:
    dips = made(store, mib=1)
    declared = [Declared(may_use(1, 400), 1)]
    assert dips.of(stack(strategy="recreate"), declared) == {}
    dips.accept(declared, {})
    assert store.dip("sentiment", 1) is None


def test_questions_are_expected_to_take_as_long_as_the_last_time(
    store: Store, tmp_path: Path
) -> None:
    probe = Probe(Path("/desk/suite.jsonl"), concurrency=4)
    model = Model("sentiment", probe=probe, rollout=Rollout("recreate"))
    probed = replace(stack(), models=(model,))
    declared = [Declared(may_use(2, 500), 1, "code changed")]
    dips = made(store, mib=10_000, state=tmp_path)
    unknown = dips.of(probed, declared)["sentiment"]
    assert unknown.asking is None
    assert "and as long as its questions take, which was not measured yet" in str(unknown)
    last = store.put_rollout(StoredRollout("sentiment", 1, 0, 1.0).ended("promoted", now=2.0))
    said = {"score": 1.0, "seconds": 2.0, "tags": [], "answer": "a", "expected": "a"}
    line = json.dumps({"item": "1", "weight": 1.0, "before": said, "after": said})
    file = answers_file(tmp_path, last)
    file.parent.mkdir()
    file.write_text(f"{line}\n" * 6)
    known = dips.of(probed, declared)["sentiment"]
    assert known.asking == 3.0
    assert "questions 3 s, as the last time" in str(known)
    assert dips.of(probed, declared, asks=False)["sentiment"].asking == 0


def test_what_was_allowed_is_not_asked_again_until_it_is_tried_again(store: Store) -> None:
    dips, declared = made(store, mib=300), [Declared(may_use(2, 500), 1, "code changed")]
    dips.accept(declared, dips.of(stack(), declared))
    same = [replace(declared[0], cause="")]
    dips.refuse(same, dips.of(stack(), same), "argosy up")
    again = [replace(declared[0], cause="tried again")]
    with pytest.raises(ArgosyError, match="--allow-downtime"):
        dips.refuse(again, dips.of(stack(), again), "argosy up")
