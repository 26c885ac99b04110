"""One replica on the process platform: a process that is started, watched, asked, and ended.

The story is `ReplicaProcess.run`. Everything needed to find the process again lies in its folder of
the run folder, so that a later supervisor can adopt it.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from pathlib import Path

import msgspec

from argosy.errors import ArgosyError
from argosy.platforms import gpus, limits
from argosy.platforms.asking import Asking
from argosy.platforms.limits import MemoryLimit
from argosy.platforms.place import Place
from argosy.platforms.platform import Replica
from argosy.processes import ProcessIdentity
from argosy.stack import runner_settings
from argosy.stack.revision import Revision
from argosy.stack.runner_settings import Whereabouts
from argosy_runner import engines
from argosy_runner import settings as runner

FIRST_BACK_OFF = 1.0
LONGEST_BACK_OFF = 60.0
STEADY = 60.0  # a replica that was ready for so long starts again without back-off
KILL_MARGIN = 5.0


class ReplicaProcess:
    """Keeps one replica running until it is told to stop."""

    def __init__(
        self,
        revision: Revision,
        index: int,
        place: Place,
        cpus: frozenset[int] | None,
        on_change: Callable[[], None],
        env: Mapping[str, str],
    ) -> None:
        self.revision = revision
        self._env = dict(env)
        self.place = place
        self.cpus = cpus
        served = engines.is_served(revision.model.engine)
        self.observed = Replica(
            revision.model.name,
            revision.number,
            index,
            "starting",
            address=f"unix:{place.socket}",
            grpc_address="" if served else f"unix:{place.grpc_socket}",
        )
        self.asked = asyncio.Event()
        self._on_change = on_change
        self._child: subprocess.Popen[bytes] | None = None
        self._process = ProcessIdentity(0, 0)
        self._memory = MemoryLimit()
        self._stop = asyncio.Event()
        self._told_to_go = False
        self._drain = 0.0
        self._asking = Asking(lambda: self.observed, self._now, self.asked)
        self._quick_ends = 0
        self._cause = ""  # why it is being replaced
        self._end_of_patience: asyncio.TimerHandle | None = None

    async def run(self, interpreter: Callable[[], Awaitable[Path]]) -> None:
        """Start, watch, start again; returns when the replica was told to stop and has ended.

        ``interpreter`` gives the Python of the model's environment. When cancelled, the process
        runs on.
        """
        while self._process.alive or not self._stop.is_set():
            try:
                if not self._process.alive:
                    self._start(await interpreter())
                await self._watch()
                reason = self._cause or self._reason()
            except (ArgosyError, OSError) as error:
                reason = str(error)
            self._clean_up(reason)
            if not self._stop.is_set():
                await self._back_off()
        self._clean_up("")

    def adopt(self) -> bool:
        """Take over what runs in this place; False when nothing does."""
        record = self.place.read_record()
        process = self.place.find_process(record)
        if record is None or process is None:
            return False
        self._process = process
        folder = record.get("cgroup")
        self._memory = MemoryLimit(Path(folder) if folder else None, record.get("warning", ""))
        if self.revision.model.resources.cpus:
            self.cpus = limits.cpus_of(process.pid)
        if record["told_to_go"]:
            self._told_to_go = True
            self._drain = self.revision.model.drain
            self._stop.set()
        self._now(
            state="starting",
            pid=process.pid,
            started_at=record["at"],
            warning=self._memory.warning,
            endpoint=self._told_endpoint(),
        )
        return True

    def stop(self, drain: float) -> None:
        """Tell the replica to go: it drains, finishes what it has, and exits. Returns at once."""
        if self._stop.is_set():
            return
        self._drain = drain
        self._stop.set()
        if self.observed.state != "waiting":
            self._now(state="draining")

    def replace(self, cause: str, drain: float) -> None:
        """Have it end like one that leaves, and start again. Returns at once."""
        if self._stop.is_set() or self._cause or not self._process.alive:
            return
        self._cause = cause
        self._process.signal(signal.SIGTERM if drain else signal.SIGINT)
        longest = drain + self.revision.model.timeout + KILL_MARGIN
        kill = self._process.kill_session
        self._end_of_patience = asyncio.get_running_loop().call_later(longest, kill)

    def memory_used(self) -> int | None:
        """Bytes the replica uses now."""
        return self._memory.used(self._process.pid) if self._process.alive else None

    def _start(self, python: Path) -> None:
        model, place = self.revision.model, self.place
        place.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        place.log.parent.mkdir(parents=True, exist_ok=True)
        place.termination_log.unlink(missing_ok=True)
        serve_at = self._choose_serve_at()
        place.settings.write_bytes(msgspec.json.encode(self._settings(python, serve_at)))
        self._record()
        self._memory = limits.limit_memory(model.resources.memory, place.cgroup)
        runner_command = [sys.executable, "-m", "argosy_runner", str(place.settings)]
        command = self._memory.command(runner_command)
        with place.log.open("ab") as log, limits.pinned(self.cpus):
            self._child = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
            )
        self._process = ProcessIdentity.of(self._child.pid)
        self._record()
        self._now(
            state="starting",
            pid=self._child.pid,
            started_at=time.time(),
            warning=self._memory.warning,
            endpoint=serve_at or "",
            cold_start=None,
        )

    def _choose_serve_at(self) -> str | None:
        """Where a served engine is to listen: a new port at each start, if it cannot on a socket.

        None for an engine that the runner answers for.
        """
        name = self.revision.model.engine
        if not engines.is_served(name):
            return None
        if engines.module(name).UNIX_SOCKET:
            return f"unix:{self.place.engine_socket}"
        return f"127.0.0.1:{_free_port()}"

    def _told_endpoint(self) -> str:
        """What a runner that runs already was told of it."""
        with contextlib.suppress(OSError, msgspec.MsgspecError):
            return runner.read(self.place.settings).serve_at or ""
        return ""

    def _settings(self, python: Path, serve_at: str | None) -> runner.Settings:
        revision = self.revision
        where = Whereabouts(
            listen=self.observed.address,
            grpc_listen=self.observed.grpc_address,
            python=str(python),
            code=str(revision.code) if revision.code else None,
            weights=str(revision.weights) if revision.weights else None,
            serve_at=serve_at,
            log_file=str(self.place.log),
            termination_log=str(self.place.termination_log),
        )
        return runner_settings.settings(
            revision, where, self.observed.name, {**self._env, **gpus.variables(revision.model)}
        )

    def _record(self) -> None:
        """Written before the process exists too: a supervisor that dies in between finds it."""
        record = {
            "pid": self._process.pid,
            "started": self._process.started,
            "cgroup": str(self._memory.folder) if self._memory.folder else None,
            "warning": self._memory.warning,
            "told_to_go": self._told_to_go,
            "at": self.observed.started_at or time.time(),
        }
        temporary = self.place.record.with_suffix(".new")
        temporary.write_text(json.dumps(record))
        temporary.replace(self.place.record)

    async def _watch(self) -> None:
        """Ask until the process has ended or was told to go, and has gone."""
        ended = asyncio.ensure_future(self._process.ended())
        self._asking = Asking(lambda: self.observed, self._now, self.asked, self._memory.warning)
        asking = asyncio.ensure_future(self._asking.until(self._stop, self.observed.address))
        try:
            await asyncio.wait({ended, asking}, return_when=asyncio.FIRST_COMPLETED)
            if not ended.done():
                await self._end(ended)
        finally:
            for task in (ended, asking):
                task.cancel()
            await asyncio.gather(ended, asking, return_exceptions=True)
            self.asked.set()

    async def _end(self, ended: asyncio.Future[None]) -> None:
        """SIGTERM drains, SIGINT does not; what outlives its time is killed.

        Each is sent once, also by a later supervisor: a second one would end the drain.
        """
        self._now(state="draining")
        if not self._told_to_go:
            self._told_to_go = True
            self._record()
            if not self._cause:
                self._process.signal(signal.SIGTERM if self._drain else signal.SIGINT)
        longest = self._drain + self.revision.model.timeout + KILL_MARGIN
        await asyncio.wait({ended}, timeout=longest)

    def _clean_up(self, reason: str) -> None:
        """The process has ended, or must: nothing of its session stays."""
        self._process.kill_session()
        self._cause = ""
        if self._end_of_patience is not None:
            self._end_of_patience.cancel()
            self._end_of_patience = None
        if self._child is not None:
            self._child.wait()
            self._child = None
        self._memory.release()
        for file in self.place.sockets:
            file.unlink(missing_ok=True)
        self._process = ProcessIdentity(0, 0)
        if self._stop.is_set():
            self.place.clear()
        else:
            self._now(state="waiting", pid=None, reason=reason, memory=None)

    def _reason(self) -> str:
        with contextlib.suppress(OSError):
            if text := self.place.termination_log.read_text(errors="replace").strip():
                return text
        code = self._child.poll() if self._child else None
        if code is None:
            return "it ended"
        if code < 0:
            return f"it was ended by {signal.Signals(-code).name}"
        return f"it exited with code {code}"

    async def _back_off(self) -> None:
        """Wait before the next start: not after a first end, longer while the ends come quick."""
        since = self._asking.ready_since
        was_ready = since is not None
        steady = since is not None and time.monotonic() - since > STEADY
        self._quick_ends = 0 if steady else self._quick_ends + 1
        self._now(
            restarts=self.observed.restarts + 1,
            failures=0 if was_ready else self.observed.failures + 1,
        )
        waits = self._quick_ends - (1 if was_ready else 0)
        if waits > 0:
            pause = min(FIRST_BACK_OFF * 2 ** (waits - 1), LONGEST_BACK_OFF)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._stop.wait(), pause)

    def _now(self, **changes: object) -> None:
        observed = replace(self.observed, **changes)  # type: ignore[arg-type]
        if observed != self.observed:
            self.observed = observed
            self._on_change()


def _free_port() -> int:
    """A port of the loopback address that nobody listens on now."""
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])
