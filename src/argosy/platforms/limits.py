"""What one replica may use of this machine: CPUs by affinity, memory by cgroup or rlimit.

Applied from outside, right after the process starts: threads and children inherit both, and no code
runs between fork and exec.
"""

from __future__ import annotations

import contextlib
import math
import os
import resource
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

CGROUP_ROOT = Path("/sys/fs/cgroup")
THREAD_VARIABLES = (
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "RAYON_NUM_THREADS",
)


def thread_variables(cpus: float | None, workers: int) -> dict[str, str]:
    """Numerical libraries start a thread per CPU of the machine unless they are told otherwise."""
    if cpus is None:
        return {}
    threads = str(max(1, math.ceil(cpus) // workers))
    return dict.fromkeys(THREAD_VARIABLES, threads)


def choose_cpus(cpus: float | None, taken: Iterable[frozenset[int]]) -> frozenset[int] | None:
    """The least used CPUs of this machine, enough for ``cpus``; ``None`` is all of them."""
    if cpus is None or not hasattr(os, "sched_getaffinity"):
        return None
    available = os.sched_getaffinity(0)
    wanted = math.ceil(cpus)
    if wanted >= len(available):
        return None
    uses = Counter(cpu for chosen in taken for cpu in chosen)
    return frozenset(sorted(available, key=lambda cpu: (uses[cpu], cpu))[:wanted])


def pin(pid: int, cpus: frozenset[int]) -> None:
    """Keep the process on these CPUs. A process that has ended meanwhile is no error."""
    with contextlib.suppress(ProcessLookupError):
        os.sched_setaffinity(pid, cpus)


def cpus_of(pid: int) -> frozenset[int] | None:
    """The CPUs that a process is kept on, as far as the system tells."""
    try:
        return frozenset(os.sched_getaffinity(pid))
    except (OSError, AttributeError):
        return None


@dataclass(frozen=True)
class MemoryLimit:
    """How memory is bounded: by the cgroup ``folder``, else imprecisely, with a warning."""

    folder: Path | None = None
    warning: str = ""

    def used(self, pid: int) -> int | None:
        """Bytes in use now: of the cgroup, else of the process alone."""
        if self.folder is not None:
            for file in ("memory.current", "memory.usage_in_bytes"):
                with contextlib.suppress(OSError, ValueError):
                    return int((self.folder / file).read_text())
        with contextlib.suppress(OSError, ValueError, IndexError):
            pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
            return pages * os.sysconf("SC_PAGE_SIZE")
        return None

    def release(self) -> None:
        """Remove the cgroup once the replica's processes have ended."""
        if self.folder is not None:
            with contextlib.suppress(OSError):
                self.folder.rmdir()


def limit_memory(pid: int, memory: int, group: str) -> MemoryLimit:
    """Bound the memory of a process and its children.

    ``memory`` is in bytes; ``group`` names the cgroup, unique on this machine.
    """
    for make in (_cgroup_v2, _cgroup_v1):
        with contextlib.suppress(OSError):
            folder = make(memory, group)
            (folder / "cgroup.procs").write_text(str(pid))
            return MemoryLimit(folder)
    with contextlib.suppress(ProcessLookupError):
        resource.prlimit(pid, resource.RLIMIT_DATA, (memory, memory))
    return MemoryLimit(warning="memory is limited per process: no cgroup can be made here")


def _cgroup_v2(memory: int, group: str) -> Path:
    if "memory" not in (CGROUP_ROOT / "cgroup.controllers").read_text().split():
        raise FileNotFoundError
    parent = CGROUP_ROOT / "argosy"
    parent.mkdir(exist_ok=True)
    for folder in (CGROUP_ROOT, parent):
        (folder / "cgroup.subtree_control").write_text("+memory")
    folder = parent / group
    folder.mkdir(exist_ok=True)
    (folder / "memory.max").write_text(str(memory))
    with contextlib.suppress(OSError):
        (folder / "memory.swap.max").write_text("0")
    return folder


def _cgroup_v1(memory: int, group: str) -> Path:
    folder = _own_cgroup_v1() / group
    folder.mkdir(exist_ok=True)
    (folder / "memory.limit_in_bytes").write_text(str(memory))
    return folder


def _own_cgroup_v1() -> Path:
    """This process's own memory cgroup; what is made below it counts as its part."""
    root = CGROUP_ROOT / "memory"
    for line in Path("/proc/self/cgroup").read_text().splitlines():
        _, controllers, path = line.split(":", 2)
        if "memory" in controllers.split(",") and (root / path.lstrip("/")).is_dir():
            return root / path.lstrip("/")
    raise FileNotFoundError(root)
