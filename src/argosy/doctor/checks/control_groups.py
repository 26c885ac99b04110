"""Control groups: their version, and whether a group that bounds memory can be made."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

from argosy.doctor.case import Case
from argosy.doctor.result import Result
from argosy.platforms.limits import CGROUP_ROOT, limit_memory

GROUP = "machine"

NAME = "Control groups"
COUNTED = ("cpu", "cpuset", "memory", "pids")
TRIED = 64 * 2**20  # bytes


@dataclass(frozen=True)
class ControlGroups:
    """``version`` is 1 or 2, 0 where there are none. ``holds``: a bound of memory was accepted."""

    version: int
    controllers: tuple[str, ...]
    holds: bool


async def check(case: Case) -> Sequence[Result]:
    """See `argosy.doctor.checks`."""
    limit = limit_memory(TRIED, f"argosy.doctor.{os.getpid()}")
    limit.release()
    result = judge(_look(holds=limit.folder is not None), is_root=os.geteuid() == 0)
    return [result.as_note() if case.uses_docker else result]


def judge(groups: ControlGroups, *, is_root: bool) -> Result:
    """Of the platform process; containers have the daemon's."""
    here = [name for name in COUNTED if name in groups.controllers]
    found = f"v{groups.version}: {', '.join(here)}" if groups.version else "none"
    if groups.holds:
        return Result(NAME, "ok", f"{found}; memory can be limited")
    why = "The memory of each process is limited instead: a model of several may use more."
    if is_root:
        mend = "Boot with cgroup_enable=memory, or give the stack `platform: compose`."
    else:
        mend = "Run `argosy up` as root, or give the stack `platform: compose`."
    return Result(NAME, "warning", f"{found}; none can be made to limit memory", why, mend)


def _look(*, holds: bool) -> ControlGroups:
    """Version 2 has a file of its controllers (the kernel's cgroup-v2.rst), 1 folders."""
    try:
        controllers = (CGROUP_ROOT / "cgroup.controllers").read_text().split()
        return ControlGroups(2, tuple(controllers), holds)
    except OSError:
        names = tuple(name for name in COUNTED if (CGROUP_ROOT / name).is_dir())
        return ControlGroups(1 if names else 0, names, holds)
