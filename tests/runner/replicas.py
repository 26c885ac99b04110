"""Real replicas for tests: the runner's own process, with a worker, on a unix socket."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import textwrap
import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx

from tests.waiting import until

DEADLINE = 30.0


class Replica:
    """A runner, started as a platform starts it; with a ``port``, on that of 127.0.0.1."""

    def __init__(
        self,
        folder: Path,
        run: Path,
        code: str | None,
        folder_of_code: Path | None = None,
        port: int | None = None,
        **settings: Any,
    ) -> None:
        self.folder = folder
        self.port = port
        self.engine = ""  # where a served engine answers
        self.code = folder / "code"
        self.socket = run / "s"
        self.grpc: str = settings.get("grpc_listen", "")
        self.termination = folder / "termination"
        if code is not None:
            (folder / "code").mkdir()
            (folder / "code" / "model.py").write_text(textwrap.dedent(code))
            settings["code"] = str(folder / "code")
        elif folder_of_code is not None:
            settings["code"] = str(folder_of_code)
        told = {
            "model": "m",
            "replica": "m.r1.0",
            "listen": f"127.0.0.1:{port}" if port else f"unix:{self.socket}",
            "python": sys.executable,
            "drain": 0.3,
            "log_file": str(folder / "log"),
            "termination_log": str(self.termination),
            **settings,
        }
        file = folder / "settings.json"
        file.write_text(json.dumps(told))
        with (folder / "stray").open("wb") as stray:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "argosy_runner", str(file)],
                stdin=subprocess.DEVNULL,
                stdout=stray,
                stderr=stray,
                start_new_session=True,
            )
        self._clients: list[httpx.Client] = []
        self._own = threading.local()

    @property
    def client(self) -> httpx.Client:
        """One for each thread: httpcore's pool closes connections under other threads' hands."""
        found: httpx.Client | None = getattr(self._own, "client", None)
        if found is None:
            transport = httpx.HTTPTransport(
                uds=None if self.port else str(self.socket),
                verify=False,
                limits=httpx.Limits(max_keepalive_connections=0),
            )
            host = f"127.0.0.1:{self.port}" if self.port else "replica"
            found = httpx.Client(transport=transport, base_url=f"http://{host}", timeout=DEADLINE)
            self._own.client = found
            self._clients.append(found)
        return found

    @property
    def log(self) -> str:
        """All lines until now."""
        file = self.folder / "log"
        return file.read_text() if file.exists() else ""

    def state(self) -> dict[str, Any]:
        """What /ready says; nothing while nobody listens."""
        connection = http.client.HTTPConnection("replica", timeout=DEADLINE)
        with socket.socket(socket.AF_INET if self.port else socket.AF_UNIX) as connection.sock:
            try:
                address = ("127.0.0.1", self.port) if self.port else str(self.socket)
                connection.sock.connect(address)
                connection.request("GET", "/ready")
                found: dict[str, Any] = json.load(connection.getresponse())
            except (OSError, http.client.HTTPException):
                return {"ready": False, "state": "absent", "reason": "", "worker_restarts": 0}
        return found

    def until_ready(self) -> Replica:
        """Raises with the log when the process ends instead."""

        def ready() -> bool:
            assert self.process.poll() is None, f"it ended: {self.log}{self.stray}"
            return bool(self.state()["ready"])

        until(ready, "ready")
        return self

    @property
    def stray(self) -> str:
        """What the process printed beside its log: nothing, unless it crashed."""
        return (self.folder / "stray").read_text()

    def post(
        self, body: Any = None, *, content: bytes | None = None, **headers: str
    ) -> httpx.Response:
        """``POST /predict`` of ``body`` as JSON, or of ``content`` as it is."""
        data = json.dumps(body).encode() if content is None else content
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.post("/predict", content=data, headers=named)

    def ask(self, value: Any) -> Any:
        """The output for one input; fails on any other answer than 200."""
        answer = self.post({"input": value})
        assert answer.status_code == 200, answer.text
        return answer.json()["output"]

    def ask_all(self, values: Iterable[Any]) -> list[httpx.Response]:
        """The answers to requests that are all under way at once, in the order of ``values``."""
        with ThreadPoolExecutor(64) as threads:
            return list(threads.map(lambda value: self.post({"input": value}), values))

    def worker(self) -> int:
        """The pid of its only worker."""
        found: list[int] = until(lambda: children(self.process.pid), "a worker")
        assert len(found) == 1
        return found[0]

    def exit_code(self) -> int:
        """Waits for the end of the process."""
        return self.process.wait(DEADLINE)

    def stop(self) -> None:
        """End it and everything of its session."""
        for client in self._clients:
            client.close()
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()


@contextlib.contextmanager
def serving(folder: Path, code: str) -> Iterator[Replica]:
    """A replica that is ready, and ended with the block."""
    with tempfile.TemporaryDirectory(prefix="argosy-") as run:
        replica = Replica(folder, Path(run), code)
        try:
            yield replica.until_ready()
        finally:
            replica.stop()


def children(pid: int) -> list[int]:
    """Living children of a process (proc(5))."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
                if int(fields[1]) == pid and fields[0] != "Z":
                    found.append(int(entry.name))
    return found


def alive(pid: int) -> bool:
    """Whether a process runs; a zombie does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False
