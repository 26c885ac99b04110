from __future__ import annotations

import os
import resource
from pathlib import Path

from argosy.gateway import machine


def test_a_process_may_open_as_many_files_as_its_hard_limit_says() -> None:
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]

    assert machine.open_files() == (hard if hard != resource.RLIM_INFINITY else 1 << 20)


def test_memory_is_that_of_the_machine_or_what_the_nearest_limit_leaves() -> None:
    lines = Path("/proc/meminfo").read_text().splitlines()
    physical = int(next(line for line in lines if line.startswith("MemTotal:")).split()[1]) << 10

    assert 64 << 20 < machine.memory() <= physical
    assert machine.memory() % os.sysconf("SC_PAGE_SIZE") == 0
