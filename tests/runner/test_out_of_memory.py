from __future__ import annotations

from argosy_runner import out_of_memory


def test_nothing_happens_by_itself() -> None:
    before = out_of_memory.count()
    assert all(kills >= 0 for kills in before.values())
    assert not out_of_memory.happened_since(before)


def test_a_counter_that_grew_or_is_new_tells() -> None:
    found = out_of_memory.count()
    if any(found.values()):
        assert out_of_memory.happened_since({})
    assert out_of_memory.happened_since({file: kills - 1 for file, kills in found.items()}) == bool(
        found
    )
