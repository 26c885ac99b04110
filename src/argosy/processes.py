"""Processes of this machine, known by pid and start time so that a reused pid is never mistaken."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

PR_SET_PDEATHSIG = 1
POLL_SECONDS = 0.2  # only where the system has no pidfd


@dataclass(frozen=True)
class ProcessIdentity:
    """``started`` is the clock tick at which the process started; 0 is unknown."""

    pid: int
    started: int

    @classmethod
    def of(cls, pid: int) -> ProcessIdentity:
        """Who has this pid now. ``started`` is 0 when nobody has."""
        return cls(pid, _start_tick(pid))

    @property
    def alive(self) -> bool:
        """Whether any thread of this very process still runs; a zombie has none.

        While one does, so do its sockets: the first thread alone may be a zombie before the others.
        """
        return self.started != 0 and _start_tick(self.pid) == self.started

    def signal(self, number: signal.Signals) -> None:
        """Send it, unless the process has ended."""
        if self.alive:
            with contextlib.suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def kill_session(self) -> None:
        """End every process of the session that this process leads or led."""
        for pid in self.session():
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(pid, signal.SIGKILL)

    def session(self) -> list[int]:
        """The pids of the session that this process leads or led.

        Nobody (pid 0) has none: session 0 is that of the system's own processes.
        """
        return [pid for pid in _pids() if self.pid > 0 and _session(pid) == self.pid]

    async def ended(self) -> None:
        """Wait until the process has ended, whether it is our child or not."""
        if not hasattr(os, "pidfd_open"):
            while self.alive:  # noqa: ASYNC110  nothing else tells of an end here
                await asyncio.sleep(POLL_SECONDS)
            return
        try:
            descriptor = os.pidfd_open(self.pid)
        except ProcessLookupError:
            return
        try:
            if self.alive:
                await _readable(descriptor)
        finally:
            os.close(descriptor)


def find_by_argument(argument: str) -> ProcessIdentity | None:
    """A process that has ``argument`` among its command-line arguments."""
    return next(iter(find_all_by_argument(argument)), None)


def find_all_by_argument(argument: str) -> dict[ProcessIdentity, list[str]]:
    """The processes that have ``argument`` among their command-line arguments, with all of them."""
    found = {}
    for pid in _pids():
        with contextlib.suppress(OSError):
            command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")[:-1]
            if os.fsencode(argument) in command:
                identity = ProcessIdentity.of(pid)
                if identity.started:
                    found[identity] = [os.fsdecode(one) for one in command]
    return found


def ending_with_parent() -> Callable[[], None] | None:
    """A ``preexec_fn`` that has the kernel end the process when we die, however we die (prctl(2)).

    All that could wait for a lock is done here, before the fork.
    """
    if sys.platform != "linux":
        return None
    import ctypes  # noqa: PLC0415  costs a start

    prctl = ctypes.CDLL(None).prctl
    return lambda: prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


async def _readable(descriptor: int) -> None:
    loop = asyncio.get_running_loop()
    readable = asyncio.Event()
    loop.add_reader(descriptor, readable.set)
    try:
        await readable.wait()
    finally:
        loop.remove_reader(descriptor)


def _pids() -> list[int]:
    try:
        return [int(one.name) for one in Path("/proc").iterdir() if one.name.isdigit()]
    except OSError:
        return []


def _start_tick(pid: int) -> int:
    fields = _stat(pid)
    ended = not fields or (fields[0] in {"Z", "X"} and int(fields[17]) <= 1)  # the last thread
    return 0 if ended else int(fields[19])


def _session(pid: int) -> int:
    fields = _stat(pid)
    return int(fields[3]) if fields else -1


def _stat(pid: int) -> list[str]:
    """The fields of /proc/<pid>/stat from the state on (proc(5) counts it as field 3)."""
    try:
        text = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return []
    return text.rpartition(")")[2].split()
