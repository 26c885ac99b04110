"""What this machine lets one process have."""

from __future__ import annotations

import os
import resource
from pathlib import Path

CGROUPS = Path("/sys/fs/cgroup")
MANY_FILES, MUCH_MEMORY = 1 << 20, 1 << 62  # where there is no limit


def open_files() -> int:
    """To how many files a process may raise its own limit."""
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    return MANY_FILES if hard == resource.RLIM_INFINITY else hard


def memory() -> int:
    """Bytes: of the machine, or less where a control group (a container) says so."""
    physical = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return min([physical, *map(_limit, _limit_files())])


def _limit_files() -> list[Path]:
    """Of our group and those above it: version 2 has one tree, version 1 one for memory."""
    try:
        lines = Path("/proc/self/cgroup").read_text().splitlines()
    except OSError:
        return []
    found = []
    for line in lines:
        _, controllers, path = line.split(":", 2)
        if controllers and "memory" not in controllers.split(","):
            continue
        top = CGROUPS / "memory" if controllers else CGROUPS
        name = "memory.limit_in_bytes" if controllers else "memory.max"
        group = Path(path.lstrip("/"))
        found += [top / part / name for part in (group, *group.parents)]
    return found


def _limit(file: Path) -> int:
    try:
        text = file.read_text().strip()
    except OSError:
        return MUCH_MEMORY
    return int(text) if text.isdigit() else MUCH_MEMORY
