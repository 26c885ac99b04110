"""The most that the gateway itself takes: connections, and memory for requests in flight. No I/O.

Envoy learns them when it is started, as its `OverloadManager`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

MONITORS = "type.googleapis.com/envoy.extensions.resource_monitors"
CONNECTIONS = "envoy.resource_monitors.global_downstream_max_connections"
HEAP = "envoy.resource_monitors.fixed_heap"
ACTIONS = "envoy.overload_actions"
MOST_CONNECTIONS = 20_000
FEWEST_CONNECTIONS = 64
OWN_FILES = 512
FILES_PER_CONNECTION = 2  # one to the caller, one to the replica
SHARE_OF_MEMORY = 0.5


@dataclass(frozen=True)
class Ceilings:
    """``connections`` of callers at once, and bytes of Envoy's heap."""

    connections: int = MOST_CONNECTIONS
    memory: int = 2 << 30


def ceilings(max_connections: int | None, open_files: int, memory: int) -> Ceilings:
    """What the stack file says, else what fits so many open files; and half of the memory."""
    fitting = (open_files - OWN_FILES) // FILES_PER_CONNECTION
    default = max(FEWEST_CONNECTIONS, min(fitting, MOST_CONNECTIONS))
    return Ceilings(max_connections or default, int(memory * SHARE_OF_MEMORY))


def overload_manager(most: Ceilings) -> dict[str, Any]:
    """Past ``connections`` a caller is hung up on; near ``memory`` less and less is taken.

    First memory that lies free is given back, then requests are refused, and at last connections
    too. Envoy's `reset_high_memory_stream` would not end an upload that the ``/v1/`` paths keep: it
    counts other buffers.
    """
    connections = f"{MONITORS}.downstream_connections.v3.DownstreamConnectionsConfig"
    heap = f"{MONITORS}.fixed_heap.v3.FixedHeapConfig"
    return {
        "refresh_interval": "0.1s",
        "resource_monitors": [
            {
                "name": CONNECTIONS,
                "typed_config": {
                    "@type": connections,
                    "max_active_downstream_connections": most.connections,
                },
            },
            {
                "name": HEAP,
                "typed_config": {"@type": heap, "max_heap_size_bytes": most.memory},
            },
        ],
        "actions": [
            _action("shrink_heap", 0.8),
            _action("stop_accepting_requests", 0.95),
            _action("reject_incoming_connections", 0.98),
        ],
    }


def _action(name: str, share: float) -> dict[str, Any]:
    trigger = {"name": HEAP, "threshold": {"value": share}}
    return {"name": f"{ACTIONS}.{name}", "triggers": [trigger]}
