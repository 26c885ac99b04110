"""A real stack under test: written to a folder, driven by the real CLI, called over HTTP."""

from __future__ import annotations

import asyncio
import http.client
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from argosy.errors import ArgosyError
from argosy.processes import ProcessIdentity
from argosy.supervisor.client import Client, address_of
from tests.ports import reserved_address
from tests.waiting import PATIENCE, PAUSE, eventually

ECHO = """
class Model:
    def predict(self, input):
        return input
"""


@dataclass
class Result:
    """How a command ended."""

    code: int
    out: str
    err: str


class StackUnderTest:
    """One stack folder. ``write`` and ``edit`` change it, ``argosy`` runs commands on it.

    ``gateway`` is what the stack file says of it, beside the address; ``services`` are companions.
    """

    platform = "process"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.name = "test"
        self._port = ExitStack()
        self.port = int(self._port.enter_context(reserved_address()).rpartition(":")[2])
        self.url = f"http://127.0.0.1:{self.port}"
        self.gateway: dict[str, object] = {}
        self.services: dict[str, object] = {}
        self._started: list[subprocess.Popen[str]] = []

    def write(self, models: str, **files: str) -> None:
        """The stack file (``models`` is its YAML below ``models:``) and other files by path."""
        body = "\n".join(f"  {line}" for line in models.strip("\n").splitlines())
        gateway = json.dumps({"listen": f"127.0.0.1:{self.port}", **self.gateway})
        head = f"name: {self.name}\nplatform: {self.platform}\n"
        more = f"services: {json.dumps(self.services)}\n" if self.services else ""
        text = f"{head}models:\n{body}\ngateway: {gateway}\n{more}"
        (self.folder / "argosy.yaml").write_text(text)
        for name, content in files.items():
            self.put(name.replace("__", "/") + ("" if "." in name else ".py"), content)

    def put(self, path: str, content: str) -> None:
        """Write one file of the stack."""
        file = self.folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(content)

    def argosy(self, *arguments: str, timeout: float = 120) -> Result:
        """Run a command in the stack's folder to its end."""
        done = subprocess.run(
            [sys.executable, "-m", "argosy", *arguments],
            cwd=self.folder,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        return Result(done.returncode, done.stdout, done.stderr)

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Run a command in the stack's folder beside the test, which it does not outlive."""
        command = subprocess.Popen(
            [sys.executable, "-m", "argosy", *arguments],
            cwd=self.folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
            text=True,
        )
        self._started.append(command)
        return command

    def up(self) -> Result:
        """`up -d`, which must succeed."""
        result = self.argosy("up", "-d")
        assert result.code == 0, result.err + result.out + self.logs()
        return result

    def status(self) -> dict[str, Any]:
        """What `ps --json` says, without a process of its own."""
        status = _status(self.folder)
        assert status, f"no supervisor answers\n{self.logs()}"
        return status

    def model(self, name: str) -> dict[str, Any]:
        """One model of `ps --json`."""
        return next(one for one in self.status()["models"] if one["name"] == name)

    def wait(
        self,
        condition: Callable[[dict[str, Any]], bool],
        what: str,
        patience: float = PATIENCE,
    ) -> dict[str, Any]:
        """The status once it fulfils the condition."""
        deadline = time.monotonic() + patience
        while not condition(status := self.status()):
            if time.monotonic() > deadline:
                shown = json.dumps(status, indent=2)
                raise AssertionError(f"not within {patience} s: {what}\n{shown}")
            time.sleep(PAUSE)
        return status

    def wait_ready(self) -> dict[str, Any]:
        """The status once every model is ready."""
        return self.wait(
            lambda status: all(one["state"] == "ready" for one in status["models"]), "all ready"
        )

    def call(self, model: str, value: Any) -> httpx.Response:
        """One request through the gateway."""
        return httpx.post(f"{self.url}/api/{model}", json={"input": value}, timeout=PATIENCE)

    def replica_states(self, model: str) -> list[str]:
        """The states of a model's replicas."""
        return [replica["state"] for replica in self.model(model)["replicas"]]

    def in_flight(self, model: str) -> int:
        """Requests that a model's replica is answering, by its own metrics."""
        text = httpx.get(f"{self.url}/models/{model}/metrics", timeout=PATIENCE).text
        line = next(one for one in text.splitlines() if one.startswith("argosy_in_flight{"))
        return int(float(line.rpartition(" ")[2]))

    def logs(self) -> str:
        """Everything that was logged, for a failed test's message."""
        state = self.folder / ".argosy"
        files = [*state.glob("*.log"), *state.glob("logs/*.log")]
        return "\n".join(f"== {one.name}\n{one.read_text()[-4000:]}" for one in files)

    def worker_pids(self, model: str) -> list[int]:
        """The worker processes of a model's replicas."""
        pids = []
        for replica in self.model(model)["replicas"]:
            pids += children(self.runner_pid(replica["pid"]))
        return pids

    def runner_pid(self, pid: int) -> int:
        """The runner of a replica whose process is this."""
        return pid

    def end(self) -> None:
        """Bring it down; whatever happens, no process of it stays.

        A supervisor that answers is told without a command, which takes a second of a CPU.
        """
        for command in self._started:
            command.kill()  # where a test has failed it may still run
            with command:
                pass
        if status := _status(self.folder):
            try:
                with Client((self.folder / "argosy.yaml").resolve()) as client:
                    client.down()
                    for _ in client.wait_until_gone():
                        pass
            except ArgosyError:
                for pid in _pids(status):
                    kill(pid)
        else:
            self.argosy("down")
        self._port.close()


def runs(pid: int) -> bool:
    """Whether the process still runs; a zombie that nobody has reaped does not."""
    return ProcessIdentity.of(pid).alive


def children(pid: int) -> list[int]:
    """The processes that a process has started."""
    return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def kill(pid: int) -> None:
    """`kill -9` of one process that this test has started."""
    os.kill(pid, signal.SIGKILL)


def _status(folder: Path) -> dict[str, Any] | None:
    """What the supervisor of this stack says, if one answers."""
    address = str(address_of((folder / "argosy.yaml").resolve()))
    connection = http.client.HTTPConnection("supervisor", timeout=PATIENCE)
    with socket.socket(socket.AF_UNIX) as connection.sock:
        try:
            connection.sock.connect(address)
            connection.request("GET", "/status")
            status: dict[str, Any] = json.load(connection.getresponse())
        except (OSError, http.client.HTTPException):
            return None
    return status


def _pids(status: Mapping[str, Any]) -> list[int]:
    pids = [status["supervisor_pid"], status["gateway"]["pid"]]
    pids += [replica["pid"] for model in status["models"] for replica in model["replicas"]]
    return [pid for pid in pids if pid]


@dataclass
class Load:
    """Requests with distinct inputs, sent all the time by some callers; every answer is checked.

    Callers who are ``apart`` have an address each, so that shares of the traffic divide them.
    """

    url: str
    callers: int = 8
    apart: bool = False
    codes: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)
    answers: list[Any] = field(default_factory=list)

    @property
    def failed(self) -> int:
        """Requests that were not answered with 200."""
        return sum(count for code, count in self.codes.items() if code != "200")

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Load]:
        """Load while the block runs; it begins after the first answers."""
        stop = asyncio.Event()
        async with AsyncExitStack() as clients:
            shared = await clients.enter_async_context(_client(None, self.callers))
            tasks = []
            for one in range(self.callers):
                own = _client(f"127.0.1.{one + 1}", 1) if self.apart else None
                client = await clients.enter_async_context(own) if own else shared
                tasks.append(asyncio.create_task(self._call_until(stop, client, one)))
            try:
                await eventually(lambda: sum(self.codes.values()) >= self.callers)
                yield self
            finally:
                stop.set()
                await asyncio.gather(*tasks)

    async def _call_until(self, stop: asyncio.Event, client: httpx.AsyncClient, one: int) -> None:
        count = 0
        while not stop.is_set():
            count += 1
            value = f"{one}-{count}"
            try:
                answer = await client.post(self.url, json={"input": value})
            except httpx.TransportError as error:
                self.codes[type(error).__name__] += 1
                self.failures.append(repr(error))
                continue
            self.codes[str(answer.status_code)] += 1
            if answer.status_code != 200:
                self.failures.append(answer.text)
            else:
                output = answer.json()["output"]
                if isinstance(output, str) and output.split("|")[0] != value:
                    self.wrong.append(f"{value} got {output}")
                self.answers.append(output)

    async def more(self, answers: int = 50) -> None:
        """Wait for so many more answers."""
        aim = sum(self.codes.values()) + answers
        await eventually(lambda: sum(self.codes.values()) >= aim)


def _client(address: str | None, connections: int) -> httpx.AsyncClient:
    """A client that calls from this address of this machine, or from whichever."""
    limits = httpx.Limits(max_connections=connections)
    transport = httpx.AsyncHTTPTransport(local_address=address, limits=limits)
    return httpx.AsyncClient(transport=transport, timeout=PATIENCE, trust_env=False)


async def aside(function: Callable[..., Any], *arguments: Any) -> Any:
    """Run something that blocks in a thread, while the load goes on."""
    return await asyncio.to_thread(function, *arguments)
