"""A folder with one model in it, and what reading a stack file there gives."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from argosy.errors import StackFileError
from argosy.stack.file import parse
from argosy.stack.model import Stack

Parse = Callable[..., Stack]
Mistakes = Callable[..., list[str]]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """``desk`` holds ``code/model.py`` and ``weights.onnx``; its parent is the current folder."""
    desk = tmp_path / "desk"
    (desk / "code").mkdir(parents=True)
    (desk / "code" / "model.py").write_text("class Model: ...\n")
    (desk / "weights.onnx").write_bytes(b"\x08")
    monkeypatch.chdir(tmp_path)
    return desk


@pytest.fixture
def stack(folder: Path) -> Parse:
    """``stack(text, NAME=value)`` is the stack that the text declares."""

    def read(text: str, **environment: str) -> Stack:
        return parse(text, folder / "argosy.yaml", environment)

    return read


@pytest.fixture
def mistakes(stack: Parse) -> Mistakes:
    """``mistakes(text, NAME=value)`` are its problems as a user reads them, without the file."""

    def read(text: str, **environment: str) -> list[str]:
        with pytest.raises(StackFileError) as caught:
            stack(text, **environment)
        return [str(problem).removeprefix("desk/argosy.yaml:") for problem in caught.value.problems]

    return read
