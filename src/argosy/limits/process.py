"""The process that counts: start, adopt, keep, end.

Like Envoy it runs in a session of its own and outlives us. Its command line tells its run folder,
by which it is found again.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
import subprocess
import sys
import time
from pathlib import Path

import grpc
import grpc.aio

from argosy import __version__
from argosy.errors import GatewayError
from argosy.limits.rules import RULES, Rules
from argosy.processes import ProcessIdentity, find_by_argument

CONTROL = "/argosy.Limits/"
NAME = "limits:"
START_SECONDS = 20.0
ANSWER_SECONDS = 5.0
END_SECONDS = 5.0
FIRST_BACK_OFF, LONGEST_BACK_OFF = 0.1, 5.0
STEADY_SECONDS = 10.0
POLL_SECONDS = 0.02
log = logging.getLogger(__name__)


def name_of(run_folder: Path) -> str:
    """What stands on its command line."""
    return f"{NAME}{run_folder}"


def rules_file(run_folder: Path) -> Path:
    """What it counts by when it starts; for this user alone, since Redis may have a password."""
    return run_folder / "limits.json"


def socket(run_folder: Path) -> Path:
    """Where it answers."""
    return run_folder / "limits.sock"


def address(run_folder: Path) -> str:
    """The same, as gRPC says it."""
    return f"unix:{socket(run_folder)}"


class LimitService:
    """At most one process, kept running while it has rules. Called from one event loop."""

    def __init__(self, run_folder: Path, log_file: Path) -> None:
        self._run_folder = run_folder
        self._log_file = log_file
        self._process = ProcessIdentity(0, 0)
        self._started: subprocess.Popen[bytes] | None = None
        self._keeper: asyncio.Task[None] | None = None

    @property
    def pid(self) -> int | None:
        """Of the running process."""
        return self._process.pid if self._process.alive else None

    async def count_by(self, rules: Rules) -> None:
        """Have it run and count by these rules; returns when it does. Raises `GatewayError`."""
        text = RULES.dump_json(rules)
        self._write_rules(text)
        if self._keeper is None:
            await self._adopt()
        if self.pid is None:
            await self._start()
        await self._tell("Configure", text)
        if self._keeper is None or self._keeper.done():
            self._keeper = asyncio.create_task(self._keep())

    async def forget(self) -> None:
        """No request is in flight any more: Envoy has ended."""
        if self.pid is not None:
            with contextlib.suppress(GatewayError):
                await self._tell("Forget")

    async def metrics(self) -> str:
        """In Prometheus's text form; empty while it does not run."""
        if self.pid is None:
            return ""
        with contextlib.suppress(GatewayError):
            return (await self._tell("Metrics")).decode()
        return ""

    async def end(self) -> None:
        """End it, also one that an earlier supervisor left behind."""
        await self.let_go()
        if self.pid is None:
            self._process = find_by_argument(name_of(self._run_folder)) or self._process
        if self.pid is not None:
            await self._terminate()
        self._reap()
        for file in (rules_file(self._run_folder), socket(self._run_folder)):
            file.unlink(missing_ok=True)

    async def _terminate(self) -> None:
        self._process.signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(self._process.ended(), END_SECONDS)
        except TimeoutError:
            self._process.signal(signal.SIGKILL)
            await self._process.ended()

    async def let_go(self) -> None:
        """Keep it no more; it runs on."""
        if self._keeper:
            self._keeper.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._keeper
            self._keeper = None

    async def _adopt(self) -> None:
        """Take over what an earlier supervisor started; of another version of Argosy, end it."""
        found = find_by_argument(name_of(self._run_folder))
        if found is None:
            return
        self._process = found
        if find_by_argument(f"version:{__version__}:{self._run_folder}") != found:
            rules = rules_file(self._run_folder).read_bytes()
            await self.end()
            self._write_rules(rules)

    async def _start(self) -> None:
        """Returns when it listens. Raises `GatewayError`, which names its log."""
        where = str(self._log_file)
        try:
            self._spawn()
        except OSError as error:
            what = f"the service that counts for limits cannot be started: {error.strerror}"
            raise GatewayError(what, where=str(error.filename or where)) from error
        deadline = time.monotonic() + START_SECONDS
        while not socket(self._run_folder).exists():
            if self.pid is None:
                self._reap()
                what = "the service that counts for limits ended as soon as it was started"
                raise GatewayError(what, where=where)
            if time.monotonic() > deadline:
                what = f"the service that counts for limits did not start in {START_SECONDS:.0f} s"
                raise GatewayError(what, where=where)
            await asyncio.sleep(POLL_SECONDS)

    def _spawn(self) -> None:
        socket(self._run_folder).unlink(missing_ok=True)
        self._log_file.parent.mkdir(parents=True, exist_ok=True)
        with self._log_file.open("ab") as output:
            self._started = subprocess.Popen(
                [
                    *(sys.executable, "-m", "argosy.limits", name_of(self._run_folder)),
                    f"version:{__version__}:{self._run_folder}",
                ],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        self._process = ProcessIdentity.of(self._started.pid)

    async def _keep(self) -> None:
        """Start it again whenever it ends, at once at first, then ever more slowly."""
        failures = 0
        loop = asyncio.get_running_loop()
        while True:
            began = loop.time()
            await self._process.ended()
            self._reap()
            log.warning("the service that counts for limits ended; it is started again")
            failures = 0 if loop.time() - began > STEADY_SECONDS else failures + 1
            await asyncio.sleep(min(FIRST_BACK_OFF * 2**failures, LONGEST_BACK_OFF))
            with contextlib.suppress(GatewayError):
                await self._start()

    async def _tell(self, what: str, message: bytes = b"") -> bytes:
        async with grpc.aio.insecure_channel(address(self._run_folder)) as channel:
            try:
                answer: bytes = await channel.unary_unary(CONTROL + what)(
                    message, timeout=ANSWER_SECONDS, wait_for_ready=True
                )
            except grpc.aio.AioRpcError as error:
                reason = f"the service that counts for limits does not answer: {error.details()}"
                raise GatewayError(reason) from error
        return answer

    def _write_rules(self, text: bytes) -> None:
        file = rules_file(self._run_folder)
        draft = file.with_suffix(".new")
        draft.touch(mode=0o600)
        draft.write_bytes(text)
        draft.replace(file)

    def _reap(self) -> None:
        if self._started:
            self._started.wait()
            self._started = None
