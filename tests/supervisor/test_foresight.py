"""What `up` would do is told while nothing runs, from what the stack's last days have left."""

from __future__ import annotations

import asyncio
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from argosy.errors import ArgosyError
from argosy.platforms import memory
from argosy.platforms.platform import ColdStart
from argosy.stack.model import Model, Probe, Resources, Rollout, Stack
from argosy.supervisor.declare import declare
from argosy.supervisor.foresight import planned_steps
from argosy.supervisor.store import open_store

CODE = "class Model:\n    def predict(self, input):\n        return {version}\n"
ITEMS = 100


@pytest.fixture
def stack(tmp_path: Path) -> Stack:
    """A model that is asked a suite and moves in steps."""
    write(tmp_path, version=1)
    suite = tmp_path / "suite.jsonl"
    suite.write_text('{"input": 1, "expected": 1}\n' * ITEMS)
    rollout = Rollout(steps=(10, 100), margin=0.05)
    model = Model("echo", code=tmp_path / "echo", probe=Probe(suite), rollout=rollout)
    return Stack("test", tmp_path / "argosy.yaml", (model,))


def write(folder: Path, version: int) -> None:
    (folder / "echo").mkdir(exist_ok=True)
    (folder / "echo" / "model.py").write_text(CODE.format(version=version))


def with_memory(stack: Stack, tenths: int) -> Stack:
    """So much of what this machine has available."""
    (model,) = stack.models
    resources = Resources(memory=(memory.available() or 0) * tenths // 10)
    return replace(stack, models=(replace(model, resources=resources),))


def has_served(stack: Stack) -> None:
    """Its revision, until the stack was brought down."""
    state = stack.folder / ".argosy"
    with closing(open_store(stack.file, state)) as store:
        (one,) = asyncio.run(declare(stack, state, store, lambda _name, _text: None))
        store.add_revision(one.revision, one.cause)
        store.set_state(one.revision, "prepared")
        store.set_target("echo", one.revision.number, one.replicas)
        store.set_serving("echo", one.revision.number)
        store.add_cold_start("echo", one.revision.number, ColdStart(0.5, 1.0, 0.5))


def told(stack: Stack) -> list[str]:
    """The steps that concern the model."""
    return [
        f"{one['step']}: {one['cause']}" for one in planned_steps(stack) if one["subject"] == "echo"
    ]


def test_what_has_run_as_declared_starts_again_and_is_not_prepared_again(stack: Stack) -> None:
    has_served(stack)
    assert told(stack) == ["start r1 ×1: the stack goes up"]


def test_the_revision_that_served_last_starts_too_so_that_the_next_one_is_proven(
    stack: Stack,
) -> None:
    has_served(stack)
    write(stack.folder, version=2)
    steps = told(stack)
    assert steps[0] == "start r1 ×1: it serves until r2 is ready"
    assert any(one.startswith("prove r2 against r1: 100 items") for one in steps)
    assert not any(one.startswith("dip") for one in steps)


def test_two_that_do_not_fit_beside_each_other_are_a_dip_that_loses_nothing(stack: Stack) -> None:
    tight = with_memory(stack, 6)
    has_served(tight)
    write(stack.folder, version=2)
    steps = told(tight)
    (dip,) = (one for one in steps if one.startswith("dip"))
    asked = next(one for one in steps if one.startswith("ask r1 before it stops"))
    assert steps.index("start r1 ×1: it serves until r2 is ready") < steps.index(asked)
    assert steps.index(asked) < steps.index(dip)
    assert dip.startswith("dip: r1 stops, then r2 starts: expected 2 s without an answer")
    assert "r2 may use " in dip
    assert "is available beside r1" in dip
    assert "--allow-downtime" not in dip  # nobody answers now


def test_what_up_would_refuse_the_plan_refuses(stack: Stack) -> None:
    has_served(stack)
    write(stack.folder, version=2)
    (model,) = stack.models
    hopeless = replace(model, rollout=Rollout(margin=0.01))
    with pytest.raises(ArgosyError, match="458"):
        planned_steps(replace(stack, models=(hopeless,)))
    with pytest.raises(ArgosyError, match="not enough memory: 1 replicas to start"):
        planned_steps(with_memory(stack, 20))
