from __future__ import annotations

import pytest

from argosy.gateway.resources.ceilings import Ceilings, ceilings, overload_manager


@pytest.mark.parametrize(
    ("said", "open_files", "connections"),
    [(None, 4096, 1792), (None, 1 << 20, 20_000), (None, 256, 64), (5, 1 << 20, 5)],
)
def test_connections_are_as_many_as_files_can_be_open_unless_the_stack_file_says(
    said: int | None, open_files: int, connections: int
) -> None:
    assert ceilings(said, open_files, 4 << 30) == Ceilings(connections, 2 << 30)


def test_less_and_less_is_taken_as_memory_runs_out() -> None:
    made = overload_manager(Ceilings(7, 1 << 30))

    connections, heap = (one["typed_config"] for one in made["resource_monitors"])
    assert connections["max_active_downstream_connections"] == 7
    assert heap["max_heap_size_bytes"] == 1 << 30
    starts = []
    for action in made["actions"]:
        (trigger,) = action["triggers"]
        name = action["name"].removeprefix("envoy.overload_actions.")
        starts.append((trigger["threshold"]["value"], name))
    assert starts == [
        (0.8, "shrink_heap"),
        (0.95, "stop_accepting_requests"),
        (0.98, "reject_incoming_connections"),
    ]
