from __future__ import annotations

from pathlib import Path

import pytest

from argosy.errors import CannotStart
from argosy.probe import suite as suites
from argosy.stack.model import Model, Probe, Stack
from argosy.supervisor.probing import kept_suites

ITEM = '{"input": 1, "expected": 1}\n'


@pytest.fixture
def stack(tmp_path: Path) -> Stack:
    (tmp_path / "suite.jsonl").write_text(ITEM)
    model = Model("m", probe=Probe(tmp_path / "suite.jsonl"))
    return Stack("s", tmp_path / "argosy.yaml", (model, Model("without")))


def test_an_edit_changes_nothing_until_it_is_kept_again(tmp_path: Path, stack: Stack) -> None:
    (model, _), state = stack.models, tmp_path / "state"
    assert model.probe
    kept_suites.keep(stack, state)
    model.probe.suite.write_text(ITEM * 2)
    assert len(suites.read(kept_suites.kept(state, "m", model.probe)).items) == 1
    kept_suites.keep(stack, state)
    assert len(suites.read(kept_suites.kept(state, "m", model.probe)).items) == 2


def test_without_a_copy_it_is_the_suite_itself(tmp_path: Path, stack: Stack) -> None:
    probe = stack.models[0].probe
    assert probe
    assert kept_suites.kept(tmp_path / "none", "m", probe) == probe.suite


def test_what_cannot_be_copied_is_said(tmp_path: Path, stack: Stack) -> None:
    (tmp_path / "state").write_text("")
    with pytest.raises(CannotStart, match="the suite cannot be copied"):
        kept_suites.keep(stack, tmp_path / "state")
