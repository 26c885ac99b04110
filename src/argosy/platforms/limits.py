"""What one replica may use of this machine: CPUs by affinity, memory by cgroup or rlimit.

Both hold from the process's first moment, so that no child of it can escape them: the affinity is
inherited from the thread that starts it, the memory limit is taken on by a shell that then becomes
the process.
"""

from __future__ import annotations

import contextlib
import math
import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

CGROUP_ROOT = Path("/sys/fs/cgroup")


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


def read_cpuset(text: str) -> frozenset[int]:
    """``0-3,8`` → the CPUs 0, 1, 2, 3 and 8."""
    cpus: set[int] = set()
    for part in text.split(","):
        first, _, last = part.partition("-")
        cpus.update(range(int(first), int(last or first) + 1))
    return frozenset(cpus)


@contextlib.contextmanager
def pinned(cpus: frozenset[int] | None) -> Iterator[None]:
    """Processes that this thread starts in the block are kept on these CPUs; ``None`` is all."""
    if cpus is None:
        yield
        return
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, cpus)
    try:
        yield
    finally:
        os.sched_setaffinity(0, before)


def cpus_of(pid: int) -> frozenset[int] | None:
    """The CPUs that a process is kept on, as far as the system tells."""
    try:
        return frozenset(os.sched_getaffinity(pid))
    except (OSError, AttributeError):
        return None


@dataclass(frozen=True)
class MemoryLimit:
    """How memory is bounded: by the cgroup ``folder``, else per process, with a warning."""

    folder: Path | None = None
    warning: str = ""
    bytes: int | None = None

    def command(self, command: Sequence[str]) -> list[str]:
        """``command`` as a process that is bounded before it begins."""
        if self.folder is not None:
            join = ["/bin/sh", "-c", 'echo $$ > "$0" && exec "$@"']
            return [*join, str(self.folder / "cgroup.procs"), *command]
        if self.bytes is not None:
            bound = ["/bin/sh", "-c", 'ulimit -d "$0" && exec "$@"']
            return [*bound, str(self.bytes // 1024), *command]
        return list(command)

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


def limit_memory(memory: int | None, group: str) -> MemoryLimit:
    """A bound of ``memory`` bytes for a process and its children; ``None`` is no bound.

    ``group`` names the cgroup, unique on this machine.
    """
    if memory is None:
        return MemoryLimit()
    for make in (_cgroup_v2, _cgroup_v1):
        with contextlib.suppress(OSError):
            return MemoryLimit(make(memory, group), bytes=memory)
    warning = "memory is limited per process: no cgroup can be made here"
    return MemoryLimit(warning=warning, bytes=memory)


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
