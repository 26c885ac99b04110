from __future__ import annotations

import json
import runpy
from pathlib import Path

import pytest

from argosy.stack.file import load
from argosy.stack.schema import json_schema
from argosy.stack.template import SCHEMA, files


@pytest.fixture
def new(tmp_path: Path) -> Path:
    """A folder as `argosy init` leaves it."""
    for name, text in files("My Desk").items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def test_a_new_stack_is_read_and_its_model_answers(new: Path) -> None:
    stack = load(new / "argosy.yaml", {})
    assert stack.name == "my-desk"
    assert [model.code for model in stack.models] == [new / "hello"]
    model = runpy.run_path(str(new / "hello" / "model.py"))["Model"]()
    model.load(None)
    assert model.predict("you") == "Hello, you!"


def test_the_keys_that_a_new_stack_shows_in_comments_are_right(new: Path) -> None:
    file = new / "argosy.yaml"
    file.write_text(file.read_text().replace("\n    # ", "\n    "))
    model = load(file, {}).models[0]
    assert (model.python, model.replicas, model.resources.cpus, model.timeout) == ("3.12", 2, 1, 10)


def test_its_editor_finds_the_schema_and_git_ignores_the_state(new: Path) -> None:
    first = (new / "argosy.yaml").read_text().splitlines()[0]
    assert first == f"# yaml-language-server: $schema={SCHEMA}"
    assert json.loads((new / SCHEMA).read_text()) == json_schema()
    assert ".argosy/" in (new / ".gitignore").read_text().splitlines()
