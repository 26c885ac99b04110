from __future__ import annotations

from contextlib import closing
from pathlib import Path

from argosy.lint.project.facts import Facts, ServiceFacts
from argosy.platforms.platform import ColdStart
from argosy.supervisor.measured import STARTS, facts
from argosy.supervisor.store import open_store


def test_of_a_stack_that_never_ran_nothing_is_known_and_nothing_is_made(tmp_path: Path) -> None:
    assert facts(tmp_path / "argosy.yaml") == Facts()
    assert not list(tmp_path.iterdir())


def test_the_longest_recent_cold_start_of_each_model_is_known(tmp_path: Path) -> None:
    file = tmp_path / "argosy.yaml"
    with closing(open_store(file, tmp_path / ".argosy")) as store:
        store.add_cold_start("chat", 1, ColdStart(1.0, 500.0, 1.0))
        for _ in range(STARTS - 1):
            store.add_cold_start("chat", 1, ColdStart(1.0, 2.0, 0.5))
        store.add_cold_start("chat", 2, ColdStart(1.0, 60.0, 2.0))
        store.add_cold_start("digits", 1, ColdStart(0.1, 0.2, 0.1))
        known = facts(file).services
    assert known["chat"] == ServiceFacts(cold_start=63.0)
    assert known["digits"].cold_start is not None
    assert round(known["digits"].cold_start, 3) == 0.4
