"""Fixtures of the scenarios: a stack that is brought down whatever happens."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.scenarios.stack import StackUnderTest


@pytest.fixture
def stack(tmp_path: Path) -> Iterator[StackUnderTest]:
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
