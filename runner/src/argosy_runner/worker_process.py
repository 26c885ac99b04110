"""Start a worker: a process of the model's own interpreter, with a socket and a pipe to us.

Imports little, so that the worker loads its model while the runner still imports its server.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import msgspec

from argosy_runner import out_of_memory
from argosy_runner.worker import frames

if TYPE_CHECKING:
    from argosy_runner.settings import Settings

FOLDER = Path(__file__).parent / "worker"


@dataclass(frozen=True)
class WorkerProcess:
    """``channel`` carries frames; what the model prints comes out of ``output``."""

    process: subprocess.Popen[bytes]
    channel: socket.socket
    output: int
    kills: out_of_memory.Kills

    def kill(self) -> None:
        """End it and whatever it started, at once."""
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            return


def start(settings: Settings) -> WorkerProcess:
    """Returns at once. Raises `OSError` when the interpreter cannot be run."""
    kills = out_of_memory.count()
    ours, theirs = socket.socketpair()
    output, their_output = os.pipe()
    try:
        process = subprocess.Popen(
            [settings.python, "-I", "-u", FOLDER, str(theirs.fileno()), str(os.getpid())],
            stdin=subprocess.DEVNULL,
            stdout=their_output,
            stderr=their_output,
            pass_fds=[theirs.fileno()],
            cwd=settings.code,
            env=environment(settings),
            process_group=0,  # it is ended together with what it starts, but stays in our session
        )
    except OSError:
        ours.close()
        os.close(output)
        raise
    finally:
        theirs.close()
        os.close(their_output)
    ours.sendall(frames.encode(msgspec.json.encode(_orders(settings))))
    return WorkerProcess(process, ours, output, kills)


def environment(settings: Settings) -> dict[str, str]:
    """Ours without what is meant for our own interpreter, and what the stack file adds."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith("PYTHON") and name != "VIRTUAL_ENV"
    }
    return {**inherited, **settings.env}


def _orders(settings: Settings) -> dict[str, object]:
    return {
        "engine": settings.engine,
        "code": settings.code,
        "weights": settings.weights,
        "rows": settings.batch.max_size if settings.batch else None,
        "options": settings.options,
        "trust": settings.trust,
        "weights_local": settings.weights_local,
        "timed": bool(settings.traces),
    }
