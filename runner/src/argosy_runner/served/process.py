"""Start a served engine: its own server in the model's environment, its output in our log."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from argosy_runner import out_of_memory
from argosy_runner.log import Lines, Log
from argosy_runner.worker_process import environment

if TYPE_CHECKING:
    from collections.abc import Mapping

    from argosy_runner.settings import Settings

KEEPER = Path(__file__).with_name("keeper.py")
DRAIN_GRACE = 0.2  # for the last lines of a process that has ended


class EngineProcess:
    """One run of an engine's server, from its start to its end. Lives on the event loop."""

    def __init__(self, settings: Settings, log: Log) -> None:
        self.exited: asyncio.Future[int]
        self._settings = settings
        self._lines = Lines(log)
        self._kills = out_of_memory.count()
        self._process: subprocess.Popen[bytes]
        self._output: asyncio.BaseTransport
        self._silent: asyncio.Future[None]
        self._lifeline = -1

    async def start(self, command: list[str], variables: Mapping[str, str]) -> None:
        """Raises `OSError` when no process can be started."""
        loop = asyncio.get_running_loop()
        self.exited, self._silent = loop.create_future(), loop.create_future()
        output, their_output = os.pipe()
        their_lifeline, self._lifeline = os.pipe()
        try:
            self._process = subprocess.Popen(  # noqa: ASYNC220  it does not wait for anything
                [sys.executable, "-I", "-S", KEEPER, str(their_lifeline), *command],
                stdin=subprocess.DEVNULL,
                stdout=their_output,
                stderr=their_output,
                pass_fds=[their_lifeline],
                cwd=self._settings.code,
                env=engine_environment(self._settings, variables),
                process_group=0,  # ended together with all it starts, but in our session
            )
        except OSError:
            os.close(output)
            os.close(self._lifeline)
            raise
        finally:
            os.close(their_output)
            os.close(their_lifeline)
        threading.Thread(target=self._wait, args=(loop,), daemon=True).start()
        self._output, _ = await loop.connect_read_pipe(
            lambda: _Output(self._lines, self._silent), os.fdopen(output, "rb", buffering=0)
        )

    @property
    def pid(self) -> int:
        """Of the keeper, whose only child is the engine."""
        return self._process.pid

    @property
    def last_lines(self) -> str:
        """What it printed last."""
        return "\n".join(self._lines.tail)

    def terminate(self) -> None:
        """Ask the engine itself to go, not what it has started: that is the engine's to end."""
        if not self.exited.done():
            self._process.terminate()

    def kill(self) -> None:
        """End it and whatever it has started, at once."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)

    async def bury(self) -> None:
        """Wait for its end; nothing that it has started stays, and its last lines are logged.

        A second time it does nothing.
        """
        await asyncio.shield(self.exited)
        self.kill()
        await asyncio.wait({self._silent}, timeout=DRAIN_GRACE)
        self._output.close()
        self._lines.close()
        if self._lifeline >= 0:
            os.close(self._lifeline)
            self._lifeline = -1

    def end(self) -> tuple[str, str]:
        """Why it has ended: the label of a metric, and words for people."""
        code = self.exited.result()
        if code == -signal.SIGKILL and out_of_memory.happened_since(self._kills):
            limit = self._settings.memory
            size = f" (limit {limit / 2**20:g} MiB)" if limit else ""
            return "out of memory", f"ran out of memory{size}"
        if code < 0:
            return "died", f"was killed by {signal.Signals(-code).name}"
        return "died", f"exited with code {code}"

    def _wait(self, loop: asyncio.AbstractEventLoop) -> None:
        """In a thread: the one way to hear of a process's end on every system."""
        code = self._process.wait()
        with contextlib.suppress(RuntimeError):  # the loop is closed: we are leaving too
            loop.call_soon_threadsafe(self.exited.set_result, code)


def engine_environment(settings: Settings, variables: Mapping[str, str]) -> dict[str, str]:
    """Programs of the model's environment come first; ``env`` of the stack file has its say."""
    told = {"PYTHONUNBUFFERED": "1", **variables}
    found = environment(settings)
    programs = str(Path(settings.python).parent)
    path = os.pathsep.join(part for part in (programs, found.get("PATH", "")) if part)
    return {**told, **found, "PATH": path}


class _Output(asyncio.Protocol):
    def __init__(self, lines: Lines, silent: asyncio.Future[None]) -> None:
        self._lines = lines
        self._silent = silent

    def data_received(self, data: bytes) -> None:
        self._lines.feed(data)

    def connection_lost(self, error: Exception | None) -> None:  # noqa: ARG002  asyncio's
        if not self._silent.done():
            self._silent.set_result(None)
