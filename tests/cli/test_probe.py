from __future__ import annotations

from pathlib import Path

import pytest

from argosy.cli.probe import _declared, _embedders
from argosy.errors import ArgosyError, UsageError
from argosy.platforms.platform import Replica
from argosy.scorers import Choice
from argosy.stack.model import Model, Probe, Stack
from tests.cli.test_asked_replicas import status

PROBE = Probe(Path("/a.jsonl"))
STACK = Stack("desk", Path("/argosy.yaml"), (Model("a", probe=PROBE), Model("b")))


def test_a_model_must_be_declared_and_have_a_probe() -> None:
    assert _declared(STACK, "a", "a") == (STACK.models[0], PROBE)
    with pytest.raises(UsageError, match="desk has no model 'c'"):
        _declared(STACK, "c", "c")
    with pytest.raises(UsageError, match="no model is named"):
        _declared(STACK, None, ".")
    with pytest.raises(UsageError, match="the model b has no questions"):
        _declared(STACK, "b", "b")


def test_vectors_come_from_what_serves_the_model_that_the_scorer_names() -> None:
    probe = Probe(Path("/a.jsonl"), Choice("embedding", {"model": "a"}))
    running = status(Replica("a", 1, 1, "ready", "unix:/1"), Replica("a", 2, 1, "ready", "unix:/2"))
    assert _embedders(probe, running) == ["unix:/2"]
    assert _embedders(PROBE, running) == []
    with pytest.raises(ArgosyError, match="a: no replica is ready"):
        _embedders(probe, status())
