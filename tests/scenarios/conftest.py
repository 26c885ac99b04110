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
