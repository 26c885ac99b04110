from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
from ruamel.yaml import YAML

from argosy.lint.configuration import parse
from argosy.lint.reference import HEAD, files, schema_text, write
from argosy.lint.rule import rules

DOCS = Path(__file__).parents[2] / "docs"


def test_the_docs_are_what_the_code_says() -> None:
    for name, text in files().items():
        assert (DOCS / name).read_text() == text, f"{name}: run scripts/docs"


def test_there_is_a_page_for_each_rule_and_no_other() -> None:
    assert sorted(one.stem for one in (DOCS / "rules").iterdir()) == [one.code for one in rules()]


def test_pages_of_rules_that_are_gone_are_removed(tmp_path: Path) -> None:
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules" / "AI999.md").write_text("")
    write(tmp_path)
    assert not (tmp_path / "rules" / "AI999.md").exists()


def test_every_rule_is_in_the_table() -> None:
    text = files()["lint.md"]
    assert all(
        f"| [{rule.code}](rules/{rule.code}.md) | `{rule.slug}` |" in text for rule in rules()
    )


def test_the_configuration_that_is_shown_is_a_good_one() -> None:
    text = files()["lint.md"]
    example = text.partition("argosy-lint.schema.json\n")[2].partition("```")[0]
    assert parse(example, Path(".argosy-lint.yaml")).failure_threshold == "error"
    jsonschema.validate(YAML(typ="safe").load(example), json.loads(schema_text()))


@pytest.mark.parametrize("text", ["ignroe: AI1", "severity: {AI305: fatal}", "facts: {driver: a}"])
def test_the_schema_refuses_what_is_refused(text: str) -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(YAML(typ="safe").load(text), json.loads(schema_text()))


def test_the_introduction_names_rules_that_exist() -> None:
    slugs = {f"{rule.code} {rule.slug}" for rule in rules()}
    assert any(one in HEAD for one in slugs)
