from __future__ import annotations

import json
from pathlib import Path

import pytest

from argosy.stack.reference import files, schema_text, write
from argosy.stack.schema import json_schema, shapes
from argosy_runner import engines

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize("name", ["stack-file.md", "engines.md", "argosy.schema.json"])
def test_the_docs_are_what_the_code_says(name: str) -> None:
    assert (DOCS / name).read_text() == files()[name], "Run `python -m argosy.stack.reference`."


def test_every_key_has_a_row_with_type_default_example_and_meaning() -> None:
    lines = files()["stack-file.md"].splitlines()
    rows = [line.strip("| ").split(" | ") for line in lines if line.startswith("| `")]
    assert len(rows) == sum(len(shape.model_fields) for shape in shapes().values())
    for row in rows:
        assert len(row) == 5
        assert all(row)


def test_a_mapping_for_which_a_word_can_stand_says_which() -> None:
    told = "| `rollout` | `development` or `production`, or mapping: [`models.<name>.rollout`]("
    assert told in files()["stack-file.md"]


def test_every_engine_has_a_row_and_a_section() -> None:
    manual = files()["engines.md"]
    for name in engines.names():
        assert f"| [`{name}`](#{name}) | " in manual
        assert f"\n## {name}\n" in manual
        for option in engines.options(name) or ():
            assert f"\n| `{option}` | " in manual


def test_the_schema_is_written_as_json(tmp_path: Path) -> None:
    write(tmp_path)
    assert json.loads((tmp_path / "argosy.schema.json").read_text()) == json_schema()
    assert (tmp_path / "argosy.schema.json").read_text() == schema_text()
