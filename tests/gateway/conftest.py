"""Real replicas, and a gateway that is stopped after the test whatever happened to it."""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from argosy.gateway.gateway import Gateway
from argosy.gateway.routing import Route, Routing, Share
from argosy.stack.model import Gateway as Settings
from tests.gateway.callers import Locked
from tests.gateway.keyed import KeyedEnvoy
from tests.ports import reserved_address
from tests.waiting import until


class Replica:
    """A process that answers on a unix socket: HTTP, or gRPC by its other script."""

    def __init__(self, name: str, folder: Path, script_name: str = "replica.py") -> None:
        self.socket = folder / f"{name}.sock"
        self.address = f"unix:{self.socket}"
        self.seen = folder / f"{name}.seen"  # a line for each request, where the file is there
        script = Path(__file__).with_name(script_name)
        self.process = subprocess.Popen([sys.executable, str(script), name, str(self.socket)])

    def wait(self) -> Replica:
        until(self._answers, "the replica answers")
        return self

    def _answers(self) -> bool:
        with socket.socket(socket.AF_UNIX) as attempt:
            return attempt.connect_ex(str(self.socket)) == 0

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


Pair = tuple[Replica, Replica]
Serve = Callable[..., Awaitable[None]]
Begin = Callable[[Routing], Awaitable[KeyedEnvoy]]


@pytest.fixture(scope="session")
def replicas() -> Iterator[Pair]:
    """Two replicas, ``a`` and ``b``, that no test may harm."""
    with _pair("replica.py") as both:
        yield both


@pytest.fixture(scope="session")
def grpc_replicas() -> Iterator[Pair]:
    """Two replicas that speak gRPC, ``a`` and ``b``, that no test may harm."""
    with _pair("grpc_replica.py") as both:
        yield both


@contextlib.contextmanager
def _pair(script_name: str) -> Iterator[Pair]:
    folder = Path(tempfile.mkdtemp(prefix="argosy-"))
    both = (Replica("a", folder, script_name), Replica("b", folder, script_name))
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
def mortals(new_replica: Callable[[str], Replica]) -> Pair:
    """Two replicas, ``c`` and ``d``, that the test may kill."""
    return new_replica("c"), new_replica("d")


@pytest.fixture
def silent_death(run_folder: Path) -> dict[str, str]:
    """The query by which the first replica that it reaches ends, without an answer.

    The file that ``once`` names is there when one has.
    """
    return {"die": "silent", "once": str(run_folder / "died")}


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
def listen() -> Iterator[str]:
    """An address for the gateway alone."""
    with reserved_address() as address:
        yield address


@pytest.fixture
def elsewhere() -> Iterator[str]:
    """Another one, to move to."""
    with reserved_address() as address:
        yield address


@pytest.fixture
async def gateway(run_folder: Path) -> AsyncIterator[Gateway]:
    """Not serving yet."""
    made = Gateway(run_folder, run_folder / "gateway.log", lambda: None)
    yield made
    await made.stop(0)


@pytest.fixture
def serve(gateway: Gateway, listen: str) -> Serve:
    """Have the gateway serve these routes from now on, and no others."""

    async def these(*routes: Route) -> None:
        tell = gateway.publish if gateway.observe().published else gateway.serve
        await tell(routing(listen, *routes))

    return these


@pytest.fixture
def locked(gateway: Gateway, listen: str, run_folder: Path) -> Locked:
    """The gateway, wanting keys; it does not serve yet."""
    return Locked(gateway, listen, run_folder)


@pytest.fixture
def chat(new_replica: Callable[..., Replica]) -> Route:
    """A language model that says what it used."""
    return Route("chat", serving(new_replica("chat", "language_replica.py").address))


@pytest.fixture
async def begin(run_folder: Path) -> AsyncIterator[Begin]:
    """Start an Envoy whose callers say which key they have."""
    started: list[KeyedEnvoy] = []

    async def this(routing: Routing) -> KeyedEnvoy:
        started.append(KeyedEnvoy(run_folder / str(len(started)), routing))
        await started[-1].start()
        return started[-1]

    yield this
    for one in started:
        await one.end()


@pytest.fixture
async def client(listen: str) -> AsyncIterator[httpx.AsyncClient]:
    """Calls the gateway, in plain HTTP: to read who could be trusted would take 25 ms."""
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=None)
    url = f"http://{listen}"
    async with httpx.AsyncClient(base_url=url, limits=limits, timeout=30, verify=False) as made:
        yield made


def routing(listen: str, *routes: Route, **more: Any) -> Routing:
    return Routing("desk", Settings(listen, **{"keys": "none", **more}), routes)


def digits(*replicas: Replica) -> Route:
    return Route("digits", serving(*(replica.address for replica in replicas)))


def serving(*endpoints: str, **more: Any) -> tuple[Share, ...]:
    """A first revision that takes every request."""
    return (Share(1, endpoints, **more),)


def form_of(entry: dict[str, Any]) -> str | None:
    """The name of the form in which failures of an entry of the route table are told."""
    known = entry.get("metadata", {}).get("filter_metadata", {}).get("argosy", {})
    form: str | None = known.get("form")
    return form
