"""The Compose files of `files/`, each in a folder of its own that may be written to."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from argosy.compose_files.project import Project
from argosy.imported import compose_file
from argosy.imported.convert import Conversion, convert, services
from argosy.imported.ledger import Note
from argosy.stack.file import parse
from argosy.stack.model import Stack

FILES = Path(__file__).parent / "files"
NAMES = tuple(sorted(one.name for one in FILES.iterdir()))


@dataclass(frozen=True)
class Result:
    """What an import made, and where."""

    folder: Path
    file: Project
    conversion: Conversion

    def notes(self, path: str) -> list[str]:
        """What is said of a value, a line for each note."""
        return [_line(one) for one in self.conversion.notes if one.subject == path]

    @property
    def values(self) -> dict[str, Any]:
        """The stack file, as YAML alone reads it."""
        read: dict[str, Any] = YAML(typ="safe").load(self.conversion.text)
        return read

    def stack(self, **environment: str) -> Stack:
        """The stack, once what it names is there."""
        for model in self.values["models"].values():
            for key in ("code", "weights"):
                if key in model:
                    _make(self.folder / Path(model[key]).expanduser(), is_file=_is_file(model[key]))
        return parse(self.conversion.text, self.folder / "argosy.yaml", environment)


Import = Callable[..., Result]


@pytest.fixture
def imported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Import:
    """``imported("vllm")`` imports that folder of `files/`; ``imported(text=…)`` a text."""

    def run(name: str = "own", text: str = "", **beside: str) -> Result:
        folder = tmp_path / name
        if text:
            folder.mkdir(exist_ok=True)
            (folder / "compose.yaml").write_text(text)
        else:
            shutil.copytree(FILES / name, folder)
        for path, content in beside.items():
            place = folder / path.replace("__", "/")
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_text(content)
        monkeypatch.chdir(folder)
        file = compose_file.read([Path()])
        return Result(folder, file, convert(file, services(file), Path()))

    return run


def _line(note: Note) -> str:
    return f"{note.status}: {note.outcome}" if note.outcome else note.status


def _is_file(path: str) -> bool:
    return path.endswith((".gguf", ".onnx"))


def _make(path: Path, *, is_file: bool) -> None:
    if is_file:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    else:
        path.mkdir(parents=True, exist_ok=True)
