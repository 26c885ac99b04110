from __future__ import annotations

from pathlib import Path

import pytest

from argosy.cli.probe import _addresses, _declared
from argosy.errors import ArgosyError, UsageError
from argosy.platforms.platform import Replica
from argosy.stack.model import Model, Probe, Stack
from argosy.supervisor.status import ModelStatus, StackStatus

PROBE = Probe(Path("/a.jsonl"))
STACK = Stack("desk", Path("/argosy.yaml"), (Model("a", probe=PROBE), Model("b")))


def status(*replicas: Replica) -> StackStatus:
    model = ModelStatus("a", "python", "ready", 2, 2, 1, 1, "", replicas=replicas)
    return StackStatus("desk", "/argosy.yaml", True, "", 1, True, None, models=(model,))  # type: ignore[arg-type]


def test_what_serves_is_asked_where_callers_ask_it() -> None:
    found = _addresses(
        status(
            Replica("a", 1, 1, "ready", "unix:/1"),
            Replica("a", 2, 1, "ready", "unix:/2"),
            Replica("a", 2, 2, "starting", "unix:/3"),
            Replica("a", 2, 3, "ready", "unix:/4", endpoint="127.0.0.1:5"),
        ),
        "a",
    )
    assert found == ["unix:/2", "127.0.0.1:5"]


def test_another_revision_is_asked_by_its_number_while_it_runs() -> None:
    running = status(Replica("a", 2, 1, "ready", "unix:/2"), Replica("a", 3, 1, "ready", "unix:/3"))
    assert _addresses(running, "a", 3) == ["unix:/3"]
    with pytest.raises(ArgosyError, match=r"no replica of r1 is ready. What runs: r2, r3"):
        _addresses(running, "a", 1)


def test_nothing_that_serves_is_an_error() -> None:
    with pytest.raises(ArgosyError, match="no replica is ready"):
        _addresses(status(), "a")


def test_a_model_must_be_declared_and_have_a_probe() -> None:
    assert _declared(STACK, "a", "a") == (STACK.models[0], PROBE)
    with pytest.raises(UsageError, match="desk has no model 'c'"):
        _declared(STACK, "c", "c")
    with pytest.raises(UsageError, match="no model is named"):
        _declared(STACK, None, ".")
    with pytest.raises(UsageError, match="the model b has no questions"):
        _declared(STACK, "b", "b")
