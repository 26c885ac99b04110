from __future__ import annotations

from dataclasses import replace

import pytest

from argosy.cli.asked_replicas import Asked, ready
from argosy.errors import ArgosyError
from argosy.platforms.platform import Replica
from argosy.supervisor.status import ModelStatus, StackStatus


def status(*replicas: Replica, guests: tuple[int, ...] = ()) -> StackStatus:
    model = ModelStatus("a", "python", "ready", 2, 2, 1, 1, "", replicas=replicas, guests=guests)
    return StackStatus("desk", "/argosy.yaml", True, "", 1, True, None, models=(model,))  # type: ignore[arg-type]


def test_what_serves_is_asked_where_callers_ask_it() -> None:
    found = ready(
        status(
            Replica("a", 1, 1, "ready", "unix:/1"),
            Replica("a", 2, 1, "ready", "unix:/2"),
            Replica("a", 2, 2, "starting", "unix:/3"),
            Replica("a", 2, 3, "ready", "unix:/4", endpoint="127.0.0.1:5"),
        ),
        "a",
    )
    assert Asked("a", found).addresses == ["unix:/2", "127.0.0.1:5"]


def test_another_revision_is_asked_by_its_number_while_it_runs() -> None:
    running = status(Replica("a", 2, 1, "ready", "unix:/2"), Replica("a", 3, 1, "ready", "unix:/3"))
    assert Asked("a", ready(running, "a", 3)).number == 3
    assert ready(running, "a", 1) == ()


def test_a_guest_of_somebody_else_is_not_relied_upon() -> None:
    assert ready(status(Replica("a", 1, 1, "ready"), guests=(1,)), "a", 1) == ()


def test_a_guest_that_ended_while_it_was_asked_is_an_error() -> None:
    one = Replica("a", 1, 1, "ready", started_at=1.0)
    whom = Asked("a", (one,), is_guest=True)
    whom.check(status(one))
    for now in (status(), status(replace(one, started_at=2.0))):
        with pytest.raises(ArgosyError, match="the replica of r1 ended while it was asked"):
            whom.check(now)
        replace(whom, is_guest=False).check(now)
