from __future__ import annotations

import json
from pathlib import Path

from argosy.edits import Edit
from argosy.errors import Problem
from argosy.lint.finding import At, Finding
from argosy.lint.formats.json import render
from argosy.lint.project.source import Source
from tests.lint.reports import FAULT, HERE, NOTE, report, reported


def test_all_that_is_known_of_a_finding_is_told() -> None:
    source = Source(Path("compose.yaml"), "services:\n  chat: {}\n")
    fix = (Edit(source.file, 18, 20, "{a: b}"),)
    finding = Finding(At(source.file, 12, 16), "It is empty.", "Fill it.", "chat", "error", fix)
    told = json.loads(render(report([reported(source, 12, 16, finding)]), HERE))
    (one,) = told["findings"]
    assert len(one.pop("fingerprint")) == 32
    assert one == {
        "rule": "AI305",
        "slug": "no-start-period",
        "severity": "error",
        "file": "compose.yaml",
        "line": 2,
        "column": 3,
        "end_line": 2,
        "end_column": 7,
        "subject": "chat",
        "what": "It is empty.",
        "next_step": "Fill it.",
        "fix": "safe",
        "edits": [
            {
                "file": "compose.yaml",
                "line": 2,
                "column": 9,
                "end_line": 2,
                "end_column": 11,
                "replacement": "{a: b}",
            }
        ],
        "silenced": False,
        "reason": None,
    }
    assert told["summary"] == {"error": 1, "warning": 0, "info": 0, "silenced": 0, "files": 1}
    assert told["version"] == 1


def test_what_is_silenced_is_told_with_its_reason() -> None:
    source = Source(Path("compose.yaml"), "a: b\n")
    told = json.loads(render(report([], [reported(source, 0, 1, reason="known")]), HERE))
    assert [(one["silenced"], one["reason"]) for one in told["findings"]] == [(True, "known")]


def test_files_that_cannot_be_read_are_told_apart() -> None:
    problem = Problem(Path("compose.yaml"), 3, 5, "services.a", "no mapping", "Write one.")
    told = json.loads(render(report([], problems=[problem]), HERE))
    assert told["problems"] == [
        {
            "file": "compose.yaml",
            "line": 3,
            "column": 5,
            "path": "services.a",
            "what": "no mapping",
            "next_step": "Write one.",
        }
    ]


def test_a_rule_that_broke_is_told() -> None:
    (fault,) = json.loads(render(report([], faults=[FAULT]), HERE))["faults"]
    assert (fault["file"], fault["what"]) == ("a.yaml", FAULT.what)


def test_a_note_is_told() -> None:
    (note,) = json.loads(render(report([], notes=[NOTE]), HERE))["notes"]
    assert (note["line"], note["next_step"]) == (2, NOTE.next_step)
