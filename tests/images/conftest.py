"""Revisions to make images of."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from argosy.environments import lock as locks
from argosy.stack.model import Model
from argosy.stack.revision import Lock, Revision
from tests.environments.conftest import wheels

__all__ = ["wheels"]  # a folder of wheels, and no index

MakeRevision = Callable[..., Revision]
ECHO = "class Model:\n    def predict(self, input):\n        return input\n"


@pytest.fixture
def revision(tmp_path: Path) -> MakeRevision:
    """Makes a revision of a model with a `model.py` and a lock of the given text."""

    def make(lock_text: str = "", python: str = "3.11.7", code: bool = True, **of: Any) -> Revision:
        file = tmp_path / "lock.txt"
        file.write_text(lock_text)
        lock = Lock(locks.digest_of(lock_text, python), python, file)
        folder = None
        if code:
            folder = tmp_path / "code"
            folder.mkdir(exist_ok=True)
            (folder / "model.py").write_text(ECHO)
        return Revision(2, Model("echo", **of), lock, "d1" * 32, code=folder)

    return make
