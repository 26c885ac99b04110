"""One replica on the platform compose: a container that is watched, asked, started again, ended.

Docker starts again what dies by itself; what somebody has killed it leaves alone, and that is
started again here. Everything needed to find the container again is in its labels.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import time
from collections.abc import Callable, Coroutine, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from argosy.compose.project import NUMBER, network_name
from argosy.docker.engine import Container, Engine
from argosy.errors import DockerFailed
from argosy.images import layout
from argosy.platforms.asking import Asking
from argosy.platforms.limits import choose_cpus, read_cpuset
from argosy.platforms.platform import Replica
from argosy.processes import ProcessIdentity
from argosy.stack.revision import Revision
from argosy_runner import engines, last_words

FIRST_BACK_OFF = 1.0
LONGEST_BACK_OFF = 60.0
KILL_MARGIN = 5.0
REASON_LINES = 20
MEMORY_SECONDS = 15.0  # between two looks at what a replica uses
TRY_AGAIN = 1.0  # seconds, while the engine does not answer
NOBODY_STARTS = ("exited", "dead")  # states that Docker itself does not end
log = logging.getLogger("argosy.platforms.compose")


class ReplicaContainer:
    """Follows one container until it is gone; `take` is called with what Docker tells of it."""

    def __init__(
        self,
        revision: Revision,
        container: Container,
        engine: Engine,
        on_change: Callable[[], None],
    ) -> None:
        self.id: str = container["Id"]
        self.revision = revision
        number = int(container["Config"]["Labels"].get(NUMBER, "1"))
        self.observed = Replica(revision.model.name, revision.number, number, "starting")
        self.asked = asyncio.Event()
        self.leaving = False
        self.cpus: frozenset[int] | None = None  # those it is kept on; None is all
        self._engine = engine
        self._on_change = on_change
        self._run = ""  # when the run that is observed began, in Docker's words; empty: none
        self._process = ProcessIdentity(0, 0)
        self._end_seen = ""
        self._heard: dict[str, Any] = {}  # how the last run ended, as far as events told
        self._own_starts = 0
        self._cause = ""  # why it is being replaced
        self._is_replaced = False
        self._asking = Asking(lambda: self.observed, self._now, self.asked)
        self._stop = asyncio.Event()
        self._tasks: set[asyncio.Task[None]] = set()
        self._memory_at = 0.0

    def take(self, container: Container) -> None:
        """What Docker tells of it now."""
        state = container["State"]
        if self._goes_on(state):
            return
        if state["Status"] in {"running", "paused"}:
            if state["StartedAt"] != self._run:
                self._begin(container)
        elif state["Status"] == "created":
            self.asked.set()  # whoever has made it starts it, too
        elif not self.leaving and self._end_seen != state["FinishedAt"]:
            self._end_seen = state["FinishedAt"]
            self._stop.set()
            self._do(self._end({**state, **self._heard}, counts=bool(self._run)))
            self._heard = {}
            self._run = ""

    @property
    def lives(self) -> bool:
        """Whether its process runs; a daemon that starts may not know of the container yet."""
        return self._process.alive

    def _goes_on(self, state: Mapping[str, Any]) -> bool:
        """Whether its process is the one that is known: a daemon that was restarted beside living
        containers may tell for a moment that they have ended, or that they have begun anew.
        """
        return self.lives and state["Pid"] in {0, self._process.pid}

    def hear(self, event: Mapping[str, Any]) -> None:
        """Of its end, which Docker may have followed by a start before anybody looks."""
        if event["Action"] == "oom":
            self._heard["OOMKilled"] = True
        elif event["Action"] == "die":
            self._heard["ExitCode"] = int(event["Actor"]["Attributes"].get("exitCode", "0"))

    def stop(self, drain: float) -> None:
        """Tell the replica to go: it drains, finishes what it has, exits. Returns at once."""
        if not self.leaving:
            self.leaving = True
            self._stop.set()
            self._now(state="draining")
            self._do(self._leave(drain))

    def replace(self, cause: str, drain: float) -> None:
        """Have it end like one that leaves, and start again. Returns at once."""
        if self._run and not self.leaving and not self._is_replaced:
            self._is_replaced = True
            self._cause = cause
            self._do(self._end_run(self._run, drain))

    async def keep_together(self, container: Container, taken: Iterable[frozenset[int]]) -> None:
        """On CPUs that are chosen as on the platform `process`, mostly before it is started.

        Docker's own limit of CPU time lets a replica's processes wander over all of them, away from
        each other and onto those of the gateway, which costs a tenth of the throughput.
        """
        told = container["HostConfig"]["CpusetCpus"]
        chosen = choose_cpus(self.revision.model.resources.cpus, taken)
        if told:
            self.cpus = read_cpuset(told)
        elif chosen:
            try:
                await self._engine.keep_on(self.id, chosen)
                self.cpus = chosen
            except DockerFailed as error:  # an engine without this control limits the time alone
                log.warning("%s cannot be kept on CPUs: %s", self.observed.name, error)

    async def detach(self) -> None:
        """Stop watching; the container runs on."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def measure(self) -> None:
        """Look up what memory it uses, if that was long ago."""
        if self._run and time.monotonic() - self._memory_at > MEMORY_SECONDS:
            self._memory_at = time.monotonic()
            with contextlib.suppress(DockerFailed):
                self._now(memory=await self._engine.memory(self.id))

    def _begin(self, container: Container) -> None:
        """A run has begun. The end of the one before may have been missed, or there was none: what
        is ready stays so until it has been asked.
        """
        missed, failed = bool(self._run), self._asking.ready_since is None
        state, before = container["State"], self._process
        self._run = state["StartedAt"]
        self._is_replaced = False
        self._process = ProcessIdentity.of(state["Pid"])
        log.info(
            "%s runs since %s as process %d, which was %d before",
            self.observed.name, self._run, self._process.pid, before.pid,
        )  # fmt: skip
        in_doubt = missed and self.observed.state == "ready"
        served = engines.is_served(self.revision.model.engine)
        host = _address(container, self.revision.model.name)
        self._now(
            state="ready" if in_doubt else "starting",
            pid=state["Pid"],
            address=f"{host}:{layout.HTTP_PORT}",
            endpoint=f"{host}:{layout.ENGINE_PORT}" if served else "",
            grpc_address="" if served else f"{host}:{layout.GRPC_PORT}",
            started_at=datetime.fromisoformat(self._run).timestamp(),
            restarts=container.get("RestartCount", 0) + self._own_starts,
            cold_start=self.observed.cold_start if in_doubt else None,
        )
        if not self.leaving:
            self._stop.set()
            self._stop = asyncio.Event()
            self._asking = Asking(lambda: self.observed, self._now, self.asked)
            self._do(self._asking.until(self._stop, self.observed.address))
        if missed:
            self._do(self._explain(failed))
        else:
            self._heard = {}  # of an end that was seen

    async def _explain(self, failed: bool) -> None:
        """Why it was started again; once known, it has failed if it is not ready by then."""
        heard, self._heard = self._heard, {}
        reason = await self._reason({"ExitCode": 0, **heard})
        failures = self.observed.failures + (failed and self._asking.ready_since is None)
        self._now(reason=reason, failures=failures)

    async def _end(self, state: dict[str, Any], counts: bool) -> None:
        """It does not run. Docker starts it again, or else we do."""
        failed = counts and self._asking.ready_since is None
        changes: dict[str, Any] = {"failures": self.observed.failures + failed}
        known = self.observed.reason or "it has ended"  # why it ended before is more than that
        self._now(state="unready", reason=known)  # at once: nobody shall be sent there
        changes["reason"] = await self._reason(state)
        if not self._run:
            changes |= {"state": "waiting", "pid": None, "memory": None}
        self._now(**changes)
        self.asked.set()
        if state["Status"] in NOBODY_STARTS:
            await asyncio.sleep(_back_off(self.observed.failures))
            if not self._run and not self.leaving:
                self._own_starts += 1
                with contextlib.suppress(DockerFailed):  # it is told of as its state
                    await self._engine.start(self.id)

    async def _reason(self, state: dict[str, Any]) -> str:
        cause, self._cause = self._cause, ""
        if cause:
            return cause
        limit = self.revision.model.resources.memory
        if state.get("OOMKilled"):
            return f"it ran out of memory{f' (limit {limit / 2**20:g} MiB)' if limit else ''}"
        if state.get("Error"):
            return str(state["Error"])
        with contextlib.suppress(DockerFailed):
            if said := last_words.read(await self._engine.last_lines(self.id, REASON_LINES)):
                return said
        return _exit(state["ExitCode"])

    async def _leave(self, drain: float) -> None:
        """SIGTERM drains, a second one ends that; what outlives its time is killed.

        An engine that goes away meanwhile is waited for: until then nobody can remove it.
        """
        signals = 1 if drain else 2
        longest = time.monotonic() + drain + self.revision.model.timeout + KILL_MARGIN
        while True:
            with contextlib.suppress(DockerFailed):
                while signals:
                    await self._engine.signal(self.id, "SIGTERM")
                    signals -= 1
                with contextlib.suppress(TimeoutError):
                    left = longest - time.monotonic()
                    await asyncio.wait_for(self._engine.wait(self.id), left)
                await self._engine.remove(self.id)
                return
            await asyncio.sleep(TRY_AGAIN)

    async def _end_run(self, run: str, drain: float) -> None:
        """What has been signalled is left alone by Docker, and is started again here."""
        with contextlib.suppress(DockerFailed):
            for _ in range(1 if drain else 2):
                await self._engine.signal(self.id, "SIGTERM")
        await asyncio.sleep(drain + self.revision.model.timeout + KILL_MARGIN)
        if self._run == run and not self.leaving:
            with contextlib.suppress(DockerFailed):
                await self._engine.signal(self.id, "SIGKILL")

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    def _now(self, **changes: Any) -> None:
        if self.leaving:
            changes["state"] = "draining"
        observed = replace(self.observed, **changes)
        if observed != self.observed:
            self.observed = observed
            self._on_change()


def _address(container: Container, model_name: str) -> str:
    """Of the container on its model's network, whose name ends with what the project calls it."""
    networks = container["NetworkSettings"]["Networks"]
    suffix = f"_{network_name(model_name)}"
    found = [one["IPAddress"] for name, one in networks.items() if name.endswith(suffix)]
    return found[0] if found else ""


def _exit(code: int) -> str:
    """A shell's convention, which Docker follows: 128 and the number of the signal."""
    with contextlib.suppress(ValueError):
        return f"it was ended by {signal.Signals(code - 128).name}"
    return f"it exited with code {code}"


def _back_off(failures: int) -> float:
    return min(FIRST_BACK_OFF * 2 ** (failures - 1), LONGEST_BACK_OFF) if failures else 0.0
