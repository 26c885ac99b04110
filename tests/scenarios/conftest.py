"""Fixtures of the scenarios: a stack that is brought down whatever happens."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docker_engine import DockerEngine
from tests.scenarios.containers import ContainedStack
from tests.scenarios.stack import StackUnderTest


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """A test that is marked ``on_every_platform`` runs on each of them."""
    if metafunc.definition.get_closest_marker("on_every_platform"):
        containers = pytest.param("compose", marks=pytest.mark.docker)
        metafunc.parametrize("platform", ["process", containers])


@pytest.fixture
def platform() -> str:
    """Where the replicas of `stack` run."""
    return "process"


@pytest.fixture
def stack(
    tmp_path: Path, platform: str, request: pytest.FixtureRequest
) -> Iterator[StackUnderTest]:
    if platform == "compose":
        engine: DockerEngine = request.getfixturevalue("docker_engine")
        under_test: StackUnderTest = ContainedStack(tmp_path, engine)
    else:
        under_test = StackUnderTest(tmp_path)
    yield under_test
    under_test.end()


@pytest.fixture(scope="module")
def module_stack(
    tmp_path_factory: pytest.TempPathFactory, module_folders: Path
) -> Iterator[StackUnderTest]:
    """One for all tests of a module, which none of them may change."""
    under_test = StackUnderTest(tmp_path_factory.mktemp("stack"))
    yield under_test
    under_test.end()
