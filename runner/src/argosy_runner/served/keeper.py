"""Runs one command, and ends it with all that it has started once the runner is gone.

``python keeper.py <descriptor> <command…>``: the descriptor is a pipe that the runner holds open.
SIGTERM is passed on to the command alone; how the command ends is how the keeper ends.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import resource
import signal
import subprocess
import sys
import threading

PR_SET_PDEATHSIG = 1  # prctl(2)


def main() -> None:
    """Returns never: the process ends as the command has."""
    lifeline, command = int(sys.argv[1]), sys.argv[2:]
    try:
        child = subprocess.Popen(command, preexec_fn=prepare)  # noqa: PLW1509  one thread so far
    except OSError as error:
        sys.stderr.write(f"{command[0]} cannot be run: {error.strerror}\n")
        sys.stderr.flush()
        os._exit(127)
    signal.signal(signal.SIGTERM, lambda *_: child.terminate())
    threading.Thread(target=end_with, args=(lifeline,), daemon=True).start()
    end_like(child.wait())


def prepare() -> None:
    """In the command's process: die with the keeper, and be the first to die for memory."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        with contextlib.suppress(OSError), open("/proc/self/oom_score_adj", "w") as file:  # noqa: PTH123
            file.write("1000")


def end_with(lifeline: int) -> None:
    """Wait until nobody holds the other end, then end the whole group."""
    os.read(lifeline, 1)
    os.killpg(0, signal.SIGKILL)


def end_like(code: int) -> None:
    """Exit with the same code, or of the same signal."""
    if code < 0:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))  # the command has left its own
        if -code not in {signal.SIGKILL, signal.SIGSTOP}:
            signal.signal(-code, signal.SIG_DFL)
        os.kill(os.getpid(), -code)
    os._exit(code)


if __name__ == "__main__":
    main()
