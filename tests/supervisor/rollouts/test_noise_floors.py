from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from argosy.errors import UsageError
from argosy.probe import suite as suites
from argosy.rollout.noise import SelfRun, question
from argosy.scorers import Choice
from argosy.stack.model import Model, Probe, Rollout, Stack
from argosy.supervisor.probing import kept_suites
from argosy.supervisor.rollouts.noise_floors import NoiseFloors
from argosy.supervisor.store import Store

SUITE = '{"input": 1, "expected": 1}\n'


def declare(store: Store, folder: Path, suite: str = SUITE, margin: float = 0.05) -> Model:
    """As an `up` with this suite and margin."""
    (folder / "suite.jsonl").write_text(suite)
    probe = Probe(folder / "suite.jsonl", Choice("exact"))
    model = Model("m", probe=probe, rollout=Rollout(margin=margin))
    stack = Stack("s", folder / "argosy.yaml", (model, Model("mute")))
    kept_suites.keep(stack, folder)
    store.declare(stack, up=True)
    return model


def run_of(model: Model) -> SelfRun:
    """An A/A run in which one of 50 items was scored differently."""
    assert model.probe
    name = suites.kept_name(suites.read(model.probe.suite).digest)
    return SelfRun(1, 50, 1, question(name, model.probe), 1000.0)


def test_a_run_is_known_while_the_same_is_asked(tmp_path: Path) -> None:
    store = Store(tmp_path / "state.sqlite")
    floors = NoiseFloors(store, tmp_path)
    model = declare(store, tmp_path)
    assert floors.of("m") is None
    floors.add("m", run_of(model))
    found = floors.of("m")
    assert found
    assert (found.items, found.differing, found.hides_margin) == (50, 1, False)
    declare(store, tmp_path, margin=0.01)
    now = floors.of("m")
    assert now
    assert now.hides_margin
    before = kept_suites.kept(tmp_path, "m", model.probe)  # type: ignore[arg-type]
    declare(store, tmp_path, suite=SUITE * 2)
    assert floors.of("m") is None
    assert floors.of("m", suite=str(before)) == found
    store.close()


def test_what_is_planned_is_read_as_it_will_be(tmp_path: Path) -> None:
    store = Store(tmp_path / "state.sqlite")
    floors = NoiseFloors(store, tmp_path)
    model = declare(store, tmp_path)
    floors.add("m", run_of(model))
    name = suites.kept_name(suites.read(tmp_path / "suite.jsonl").digest)
    strict = floors.planned(replace(model, rollout=Rollout(margin=0.01)), name)
    assert strict
    assert strict.hides_margin
    assert floors.planned(model, "another suite") is None
    store.close()


def test_models_without_questions_have_none(tmp_path: Path) -> None:
    store = Store(tmp_path / "state.sqlite")
    floors = NoiseFloors(store, tmp_path)
    declare(store, tmp_path)
    assert (floors.of("mute"), floors.of("nobody")) == (None, None)
    with pytest.raises(UsageError, match="no model is named 'nobody'"):
        floors.add("nobody", SelfRun(1, 1, 0, "", 1.0))
    store.close()
