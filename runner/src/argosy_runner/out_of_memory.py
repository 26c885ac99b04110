"""Whether the kernel killed for memory: counters of the replica's own cgroup, version 2 or 1.

Sources: Linux Documentation/admin-guide/cgroup-v2.rst (memory.events), cgroup-v1/memory.rst
(memory.oom_control).
"""

from __future__ import annotations

from pathlib import Path

GROUPS = Path("/proc/self/cgroup")
MOUNT = Path("/sys/fs/cgroup")

Kills = dict[str, int]


def count() -> Kills:
    """How many processes were killed so far, by counter file."""
    found = {}
    for file in _counters():
        try:
            text = file.read_text()
        except OSError:
            continue
        for line in text.splitlines():
            name, _, value = line.partition(" ")
            if name == "oom_kill":
                found[str(file)] = int(value)
    return found


def happened_since(before: Kills) -> bool:
    """True when a counter has grown. One that is new belongs to a cgroup made for this replica."""
    return any(value > before.get(file, 0) for file, value in count().items())


def _counters() -> list[Path]:
    try:
        lines = GROUPS.read_text().splitlines()
    except OSError:
        return []
    files = []
    for line in lines:
        _, controllers, path = line.split(":", 2)
        folder = path.lstrip("/")
        if controllers == "":
            files += [
                MOUNT / folder / "memory.events",
                MOUNT / "unified" / folder / "memory.events",
            ]
        elif "memory" in controllers.split(","):
            # In a container the path is the host's, and what is mounted is the container's own.
            own = MOUNT / "memory" / folder
            own = own if own.is_dir() else MOUNT / "memory"
            files.append(own / "memory.oom_control")
    return files
