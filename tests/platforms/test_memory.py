from __future__ import annotations

from argosy.platforms import memory
from argosy.stack.model import Model, Resources


def test_a_replica_may_use_what_its_limit_says() -> None:
    assert memory.needed(Model("digits", resources=Resources(memory=2**20)), 3) == 3 * 2**20


def test_a_replica_without_limit_counts_as_an_interpreter() -> None:
    assert memory.needed(Model("digits"), 2) == 2 * memory.ASSUMED


def test_this_machine_has_some() -> None:
    assert (memory.available() or 0) > 2**20
