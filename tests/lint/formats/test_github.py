from __future__ import annotations

from pathlib import Path

from argosy.errors import Problem
from argosy.lint.finding import At, Finding
from argosy.lint.formats.github import render
from argosy.lint.project.source import Source
from tests.lint.reports import FAULT, HERE, NOTE, UNSAFE, report, reported


def test_a_finding_is_a_command_with_its_place_in_the_repository() -> None:
    source = Source(Path("compose.yaml"), "services:\n  chat: {}\n")
    assert render(report([reported(source, 12, 16)]), HERE) == (
        "::warning file=stack/compose.yaml,line=2,endLine=2,col=3,endColumn=7,"
        "title=AI305 no-start-period::The check gives up after 90 s. Write `start_period: 5m`.\n"
    )


def test_severities_are_githubs() -> None:
    source = Source(Path("compose.yaml"), "a: b\n")
    info = Finding(At(source.file, 0, 1), "Hm.", severity="info")
    told = render(report([reported(source, 0, 1, info), reported(source, 0, 1, rule=UNSAFE)]), HERE)
    assert [line.split()[0] for line in told.splitlines()] == ["::notice", "::error"]


def test_nothing_in_a_finding_can_end_its_command() -> None:
    source = Source(Path("a,b:c%.yaml"), "a: b\n")
    finding = Finding(At(source.file, 0, 1), "50% of\r\n::error::it")
    told = render(report([reported(source, 0, 1, finding)]), HERE)
    assert told.count("\n") == 1
    assert "file=stack/a%2Cb%3Ac%25.yaml," in told
    assert told.endswith("::50%25 of%0D%0A::error::it\n")


def test_columns_are_left_out_of_findings_in_several_lines() -> None:
    source = Source(Path("compose.yaml"), "a: b\nc: d\n")
    assert "line=1,endLine=2,title=" in render(report([reported(source, 0, 7)]), HERE)


def test_a_file_that_cannot_be_read_is_an_error() -> None:
    problem = Problem(Path("compose.yaml"), 3, 5, "", "this is not YAML", "Check it.")
    assert render(report([], problems=[problem]), HERE) == (
        "::error file=stack/compose.yaml,line=3,col=5,title=cannot be read"
        "::this is not YAML. Check it.\n"
    )


def test_nothing_found_is_nothing_said() -> None:
    assert render(report([]), HERE) == ""


def test_a_rule_that_broke_is_an_error() -> None:
    told = "::error file=stack/a.yaml,line=1,col=1,title=fault::the rule AI305 x is broken"
    assert render(report([], faults=[FAULT]), HERE).startswith(told)


def test_a_note_is_a_notice() -> None:
    told = "::notice file=stack/a.yaml,line=2,col=3,title=note::there is no rule `AI999`. Did"
    assert render(report([], notes=[NOTE]), HERE).startswith(told)
