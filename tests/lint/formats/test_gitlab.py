from __future__ import annotations

import json
from pathlib import Path

from argosy.errors import Problem
from argosy.lint.formats.gitlab import render
from argosy.lint.project.source import Source
from tests.lint.reports import FAULT, HERE, NOTE, UNSAFE, report, reported


def test_an_issue_has_what_gitlab_needs() -> None:
    source = Source(Path("compose.yaml"), "a: b\na: b\n")
    found = [reported(source, 0, 7), reported(source, 5, 6), reported(source, 5, 6, rule=UNSAFE)]
    told = json.loads(render(report(found), HERE))
    assert [one["severity"] for one in told] == ["major", "major", "critical"]
    assert len({one["fingerprint"] for one in told}) == 3
    assert told[0]["check_name"] == "AI305 no-start-period"
    assert told[0]["location"] == {"path": "stack/compose.yaml", "lines": {"begin": 1, "end": 2}}


def test_a_file_that_cannot_be_read_blocks() -> None:
    problem = Problem(Path("compose.yaml"), 3, 5, "", "this is not YAML")
    (told,) = json.loads(render(report([], problems=[problem]), HERE))
    assert (told["severity"], told["description"]) == (
        "blocker",
        "cannot be read: this is not YAML.",
    )


def test_nothing_found_is_an_empty_list() -> None:
    assert json.loads(render(report([]), HERE)) == []


def test_a_rule_that_broke_blocks() -> None:
    (issue,) = json.loads(render(report([], faults=[FAULT]), HERE))
    assert (issue["check_name"], issue["severity"]) == ("fault", "blocker")
    assert issue["description"].startswith("fault: the rule AI305 x is broken")


def test_a_note_is_an_information() -> None:
    (issue,) = json.loads(render(report([], notes=[NOTE]), HERE))
    assert (issue["check_name"], issue["severity"]) == ("note", "info")
