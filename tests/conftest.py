"""State of every test goes to folders of its own; environments are built once and shared."""

from __future__ import annotations

import contextlib
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import hypothesis
import pytest

from tests import docker_engine as docker
from tests.docker_engine import DockerEngine
from tests.redis_server import RedisServer

if TYPE_CHECKING:
    from playwright.sync_api import Browser


# How long an example takes says more of the machine than of the code; pytest-timeout ends hangs.
hypothesis.settings.register_profile("argosy", deadline=None)
hypothesis.settings.load_profile("argosy")


@pytest.fixture(scope="session")
def shared_home(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Environments and weights, addressed by content, so that tests may share them.

    Also those that another process of this run executes.
    """
    base = tmp_path_factory.getbasetemp()
    if hasattr(request.config, "workerinput"):
        base = base.parent
    home = base / "home"
    home.mkdir(exist_ok=True)
    return home


@pytest.fixture(autouse=True)
def own_folders(
    request: pytest.FixtureRequest, shared_home: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Path]:
    """The run folder is short: a unix socket path has 108 bytes at most."""
    if "module_folders" in request.fixturenames:
        yield Path(os.environ["ARGOSY_RUN_DIR"])
        return
    with _folders(shared_home, monkeypatch) as run:
        yield run


@pytest.fixture(scope="module")
def module_folders(shared_home: Path) -> Iterator[Path]:
    """The same for all tests of a module, which share one stack."""
    with pytest.MonkeyPatch.context() as patch, _folders(shared_home, patch) as run:
        yield run


@contextlib.contextmanager
def _folders(home: Path, patch: pytest.MonkeyPatch) -> Iterator[Path]:
    run = Path(tempfile.mkdtemp(prefix="argosy-"))
    patch.setenv("ARGOSY_HOME", str(home))
    patch.setenv("ARGOSY_RUN_DIR", str(run))
    patch.delenv("XDG_RUNTIME_DIR", raising=False)
    yield run
    shutil.rmtree(run, ignore_errors=True)


@pytest.fixture
def redis_server(own_folders: Path) -> Iterator[RedisServer]:
    """A Redis of the test's own, which runs."""
    if shutil.which("redis-server") is None:
        _miss("redis-server is not on PATH: apt-get install redis-server")
    server = RedisServer(own_folders)
    server.start()
    yield server
    server.stop()


@pytest.fixture
def browser() -> Iterator[Browser]:
    """The system's Chromium, without a window; its event loop must end with the test."""
    from playwright.sync_api import sync_playwright

    chromium = _program("chromium", "chromium-browser", package="chromium")
    with sync_playwright() as playwright:
        found = playwright.chromium.launch(executable_path=str(chromium), args=["--no-sandbox"])
        yield found
        found.close()


@pytest.fixture
def promtool() -> Path:
    """Prometheus' own checker of metrics."""
    return _program("promtool", package="prometheus")


@pytest.fixture(scope="session")
def _engine_answers() -> bool:
    return docker.answers()


@pytest.fixture(scope="module")
def module_docker_engine(_engine_answers: bool) -> Iterator[DockerEngine]:
    """One for all tests of a module."""
    if not _engine_answers:
        _miss(docker.INSTALL)
    engine = DockerEngine()
    yield engine
    engine.remove()


@pytest.fixture
def docker_engine(_engine_answers: bool) -> Iterator[DockerEngine]:
    """A Docker Engine with Compose and buildx; what the test makes there, it removes."""
    if not _engine_answers:
        _miss(docker.INSTALL)
    engine = DockerEngine()
    yield engine
    engine.remove()


def _program(*names: str, package: str) -> Path:
    """What a test needs of the system."""
    found = next(filter(None, map(shutil.which, names)), None)
    return Path(found or _miss(f"{names[0]} is not on PATH: apt-get install {package}"))


def _miss(part: str) -> NoReturn:
    """In CI it must be there."""
    if os.environ.get("CI"):
        pytest.fail(part)
    pytest.skip(part)
