from __future__ import annotations

import json
import re
from pathlib import Path

from argosy import scorers
from argosy.probe.reference import document
from argosy.probe.suite import read

DOCS = Path(__file__).parents[2] / "docs"


def test_the_document_is_what_the_scorers_say() -> None:
    assert (DOCS / "probes.md").read_text() == document(), "run scripts/docs"


def test_every_scorer_has_a_row_and_a_section_with_its_options() -> None:
    text = document()
    for name in scorers.names():
        assert f"| [`{name}`](#{name}) | " in text
        section = text.partition(f"\n### {name}\n")[2].partition("\n### ")[0]
        assert all(f"| `{option}` | " in section for option in scorers.module(name).OPTIONS)


def test_the_suite_of_the_document_is_one(tmp_path: Path) -> None:
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "cat.jpg").touch()
    lines = document().partition("```json\n")[2].partition("```")[0]
    (tmp_path / "suite.jsonl").write_text(lines)
    assert [item.protocol for item in read(tmp_path / "suite.jsonl").items] == [
        "predict", "chat", "completions", "infer", "predict"
    ]  # fmt: skip


def test_the_items_of_the_manuals_are_json() -> None:
    lines = re.findall(r"^ {4}(\{\"(?:input|messages)\".*\})$", document(), re.MULTILINE)
    assert len(lines) == len(scorers.names()) - 1
    for line in lines:
        assert json.loads(line)
