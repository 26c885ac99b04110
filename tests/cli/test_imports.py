from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from argosy.cli import argosy
from argosy.errors import ArgosyError

TEXT = """\
services:
  llm:
    image: vllm/vllm-openai
    command: --model org/name --dtype half
    ulimits: {memlock: -1}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "compose.yaml").write_text(TEXT)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def test_it_writes_a_stack_file_and_shows_what_became_of_every_key(folder: Path) -> None:
    result = CliRunner().invoke(argosy, ["import"])
    assert result.exit_code == 0
    assert result.stdout == ""
    assert (folder / "argosy.yaml").read_text().startswith("# Made by `argosy import`")
    carried, *_, left, summary, _ = result.stderr.splitlines()
    assert carried.split() == [
        "carried",
        "compose.yaml:4",
        "services.llm.command",
        "--dtype:",
        "models.llm.options.dtype",
    ]
    assert left.startswith("not carried  compose.yaml:5       services.llm.ulimits: ")
    assert summary.startswith("wrote argosy.yaml: 1 model, 0 companions.")


def test_a_dash_prints_the_stack_file_alone(folder: Path) -> None:
    result = CliRunner().invoke(argosy, ["import", "compose.yaml", "-o", "-"])
    assert result.stdout.startswith("# Made by `argosy import`")
    assert "carried" in result.stderr
    assert not (folder / "argosy.yaml").exists()


def test_json_has_every_note_with_its_place(folder: Path) -> None:
    result = CliRunner().invoke(argosy, ["import", "--json"])
    told = json.loads(result.stdout)
    assert told["notes"][0] == {
        "status": "carried",
        "path": "services.llm.command --dtype",
        "file": "compose.yaml",
        "line": 4,
        "column": 5,
        "became": "models.llm.options.dtype",
        "text": None,
    }
    assert told["accounts"]["services.llm.ulimits.memlock"] == "not carried"


def test_a_file_without_a_model_is_written_and_said_to_be_no_stack_yet(folder: Path) -> None:
    (folder / "compose.yaml").write_text("services: {redis: {image: redis}}")
    result = CliRunner().invoke(argosy, ["import"])
    assert isinstance(result.exception, ArgosyError)
    assert "none of these services is a model that Argosy runs" in str(result.exception)
    assert "image: redis" in (folder / "argosy.yaml").read_text()
