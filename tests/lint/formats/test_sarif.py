from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema

from argosy.edits import Edit
from argosy.errors import Problem
from argosy.lint.finding import At, Finding
from argosy.lint.formats.sarif import render
from argosy.lint.project.source import Source
from argosy.lint.run import Report, lint
from argosy.lint.settings import Settings
from tests.lint.reports import FAULT, HERE, NOTE, UNSAFE, report, reported

SCHEMA = json.loads(Path(__file__).with_name("sarif-2.1.0.schema.json").read_text())
VALIDATOR = jsonschema.Draft4Validator(SCHEMA)


def run_of(one: Report) -> dict[str, Any]:
    """The run of a log that is valid."""
    log = json.loads(render(one, HERE))
    VALIDATOR.validate(log)
    run: dict[str, Any] = log["runs"][0]
    return run


def test_the_schema_refuses_what_is_wrong() -> None:
    log = json.loads(render(report([]), HERE))
    log["runs"][0]["columnKind"] = "bytes"
    assert not VALIDATOR.is_valid(log)


def test_nothing_found_is_a_valid_run_without_results() -> None:
    run = run_of(report([]))
    assert (run["results"], run["tool"]["driver"]["rules"]) == ([], [])
    assert run["invocations"][0]["executionSuccessful"] is True


def test_a_result_has_its_rule_with_help_and_its_place_in_the_repository() -> None:
    source = Source(Path("a b/compose.yaml"), "services:\n  chat: {}\n")
    run = run_of(report([reported(source, 12, 16), reported(source, 0, 1, rule=UNSAFE)]))
    first, second = run["results"]
    rules = run["tool"]["driver"]["rules"]
    assert [rules[one["ruleIndex"]]["id"] for one in (first, second)] == ["AI305", "AI307"]
    assert "Loading takes minutes." in rules[0]["help"]["text"]
    assert (first["level"], second["level"]) == ("warning", "error")
    assert first["locations"][0]["physicalLocation"] == {
        "artifactLocation": {"uri": "stack/a%20b/compose.yaml", "uriBaseId": "%SRCROOT%"},
        "region": {"startLine": 2, "startColumn": 3, "endLine": 2, "endColumn": 7},
    }


def test_columns_count_units_of_utf_16() -> None:
    source = Source(Path("compose.yaml"), "a: '🚢' # 日\n")
    place = run_of(report([reported(source, 4, 5)]))["results"][0]["locations"][0]
    region = place["physicalLocation"]["region"]
    assert (region["startColumn"], region["endColumn"]) == (5, 7)


def test_a_file_outside_of_the_repository_has_a_whole_address() -> None:
    source = Source(Path("/elsewhere/compose.yaml"), "a: b\n")
    place = run_of(report([reported(source, 0, 1)]))["results"][0]["locations"][0]
    assert place["physicalLocation"]["artifactLocation"] == {
        "uri": "file:///elsewhere/compose.yaml"
    }


def test_standard_input_has_a_valid_address() -> None:
    source = Source(Path("<stdin>"), "a: b\n")
    place = run_of(report([reported(source, 0, 1)]))["results"][0]["locations"][0]
    assert place["physicalLocation"]["artifactLocation"]["uri"] == "stack/%3Cstdin%3E"


def test_findings_that_are_alike_have_fingerprints_of_their_own() -> None:
    source = Source(Path("compose.yaml"), "a: b\na: b\na: b\n")
    run = run_of(report([reported(source, at, at + 1) for at in (0, 5, 10, 10)]))
    prints = {one["partialFingerprints"]["argosyFinding/v1"] for one in run["results"]}
    assert len(prints) == 4


def test_only_safe_fixes_are_told() -> None:
    source = Source(Path("compose.yaml"), "a: b\nc: d\n")
    other = Source(Path("other.yaml"), "x: y\n")
    fix = (
        Edit(source.file, 3, 4, "e"),
        Edit(source.file, 5, 5, "f: g\n"),
        Edit(other.file, 0, 5, ""),
    )
    finding = Finding(At(source.file, 0, 1), "It is b.", "Write e.", fix=fix)
    safe, unsafe = run_of(
        report(
            [reported(source, 0, 1, finding), reported(source, 0, 1, finding, UNSAFE)],
            sources={source.file: source, other.file: other},
        )
    )["results"]
    assert "fixes" not in unsafe
    one, two = safe["fixes"][0]["artifactChanges"]
    assert two["artifactLocation"]["uri"] == "stack/other.yaml"
    assert one["replacements"] == [
        {
            "deletedRegion": {"startLine": 1, "startColumn": 4, "endLine": 1, "endColumn": 5},
            "insertedContent": {"text": "e"},
        },
        {
            "deletedRegion": {"startLine": 2, "startColumn": 1, "endLine": 2, "endColumn": 1},
            "insertedContent": {"text": "f: g\n"},
        },
    ]


def test_what_comments_silence_is_suppressed_with_its_reason() -> None:
    source = Source(Path("compose.yaml"), "a: b\n")
    with_reason, without = run_of(
        report([], [reported(source, 0, 1, reason="one tenant"), reported(source, 0, 1, reason="")])
    )["results"]
    assert with_reason["suppressions"] == [
        {"kind": "inSource", "status": "accepted", "justification": "one tenant"}
    ]
    assert without["suppressions"] == [{"kind": "inSource", "status": "accepted"}]


def test_a_file_that_cannot_be_read_makes_the_run_fail() -> None:
    problem = Problem(Path("compose.yaml"), 3, 5, "services", "this is not YAML", "Check it.")
    invocation = run_of(report([], problems=[problem]))["invocations"][0]
    assert invocation["executionSuccessful"] is False
    notification = invocation["toolExecutionNotifications"][0]
    assert notification["message"]["text"] == "this is not YAML. Check it."


def test_a_rule_that_broke_makes_the_run_fail() -> None:
    (invocation,) = run_of(report([], faults=[FAULT]))["invocations"]
    assert invocation["executionSuccessful"] is False
    (notification,) = invocation["toolExecutionNotifications"]
    assert notification["message"]["text"] == f"{FAULT.what}. Report it."


def test_a_note_is_one_of_the_configuration() -> None:
    (invocation,) = run_of(report([], notes=[NOTE]))["invocations"]
    assert invocation["executionSuccessful"] is True
    (note,) = invocation["toolConfigurationNotifications"]
    assert (note["level"], note["message"]["text"]) == ("note", f"{NOTE.what}. {NOTE.next_step}")


def test_rules_that_looked_and_found_nothing_are_described_too(tmp_path: Path) -> None:
    (tmp_path / "Dockerfile").write_text("FROM python:3.12-slim\nRUN pip install torch==2.8.0\n")
    run = run_of(lint([tmp_path], Settings(select=("AI112", "AI40"), ignore=("AI401",))))
    rules = [one["id"] for one in run["tool"]["driver"]["rules"]]
    assert rules == ["AI112", *(f"AI40{number}" for number in range(2, 10))]
    assert {rules[one["ruleIndex"]] == one["ruleId"] for one in run["results"]} == {True}
