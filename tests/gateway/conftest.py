"""Real replicas, and a gateway that is stopped after the test whatever happened to it."""

from __future__ import annotations

import asyncio
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import httpx
import pytest

from argosy.gateway.gateway import Gateway
from argosy.gateway.routing import Route, Routing
from argosy.stack.model import Gateway as Settings

DEADLINE = 20.0


class Replica:
    """A process that answers on a unix socket: HTTP, or gRPC by its other script."""

    def __init__(self, name: str, folder: Path, script_name: str = "replica.py") -> None:
        self.socket = folder / f"{name}.sock"
        self.address = f"unix:{self.socket}"
        script = Path(__file__).with_name(script_name)
        self.process = subprocess.Popen([sys.executable, str(script), name, str(self.socket)])

    def wait(self) -> Replica:
        deadline = time.monotonic() + DEADLINE
        while True:
            with socket.socket(socket.AF_UNIX) as attempt:
                if attempt.connect_ex(str(self.socket)) == 0:
                    return self
            assert time.monotonic() < deadline, "the replica did not start"
            time.sleep(0.02)

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


class Owner:
    """A process that owns the gateway of this run folder, and serves one replica."""

    def __init__(self, run_folder: Path, listen: str, replica: Replica) -> None:
        script = Path(__file__).with_name("owner.py")
        command = [sys.executable, str(script), str(run_folder), listen, replica.address]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self.process.stdout
        with self.process.stdout as said:
            self.envoy_pid = int(said.readline())

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


@pytest.fixture(scope="session")
def replicas() -> Iterator[tuple[Replica, Replica]]:
    """Two replicas, ``a`` and ``b``, that no test may harm."""
    folder = Path(tempfile.mkdtemp(prefix="argosy-"))
    both = (Replica("a", folder), Replica("b", folder))
    yield (both[0].wait(), both[1].wait())
    for replica in both:
        replica.kill()
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def grpc_replicas() -> Iterator[tuple[Replica, Replica]]:
    """Two replicas that speak gRPC, ``a`` and ``b``, that no test may harm."""
    folder = Path(tempfile.mkdtemp(prefix="argosy-"))
    both = tuple(Replica(name, folder, "grpc_replica.py") for name in ("a", "b"))
    yield (both[0].wait(), both[1].wait())
    for replica in both:
        replica.kill()
    shutil.rmtree(folder)


@pytest.fixture
def run_folder() -> Iterator[Path]:
    """Short, since a unix socket's path has 108 bytes at most."""
    folder = Path(tempfile.mkdtemp(prefix="argosy-"))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture
def new_replica(run_folder: Path) -> Iterator[Callable[..., Replica]]:
    """Start replicas that the test may kill."""
    started: list[Replica] = []

    def start(name: str, script_name: str = "replica.py") -> Replica:
        started.append(Replica(name, run_folder, script_name))
        return started[-1].wait()

    yield start
    for replica in started:
        replica.kill()


@pytest.fixture
def new_owner(run_folder: Path) -> Iterator[Callable[[str, Replica], Owner]]:
    """Start another owner of the gateway, which the test kills."""
    started: list[Owner] = []

    def start(listen: str, replica: Replica) -> Owner:
        started.append(Owner(run_folder, listen, replica))
        return started[-1]

    yield start
    for owner in started:
        owner.kill()


@pytest.fixture
def listen() -> str:
    """An address that nobody listens on."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        return f"127.0.0.1:{taken.getsockname()[1]}"


@pytest.fixture
async def gateway(run_folder: Path) -> AsyncIterator[Gateway]:
    """Not serving yet."""
    made = Gateway(run_folder, run_folder / "gateway.log", lambda: None)
    yield made
    await made.stop(0)


@pytest.fixture
async def client(listen: str) -> AsyncIterator[httpx.AsyncClient]:
    """Calls the gateway."""
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=None)
    async with httpx.AsyncClient(base_url=f"http://{listen}", limits=limits, timeout=30) as made:
        yield made


def routing(listen: str, *routes: Route) -> Routing:
    return Routing("desk", Settings(listen), routes)


def digits(*replicas: Replica) -> Route:
    return Route("digits", tuple(replica.address for replica in replicas))


async def until(condition: Callable[[], bool]) -> None:
    """Wait for a state."""
    async with asyncio.timeout(DEADLINE):
        while not condition():  # noqa: ASYNC110  processes give no event
            await asyncio.sleep(0.005)
