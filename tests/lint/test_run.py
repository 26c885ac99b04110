from __future__ import annotations

import gc
from dataclasses import replace
from pathlib import Path

import pytest

from argosy.errors import Problem
from argosy.lint.finding import At, Finding, Severity
from argosy.lint.project.source import Source
from argosy.lint.run import fails, lint, together
from argosy.lint.settings import Settings
from tests.lint.files import lines, write
from tests.lint.reports import report, reported

DOCKERFILE = "FROM python:3.12-slim\nRUN pip install torch==2.8.0\nCMD uvicorn app:app\n"
TWO = Settings(select=("AI112", "AI116"))


@pytest.mark.parametrize(
    ("severity", "threshold", "is_failed"),
    [
        ("error", "error", True),
        ("warning", "error", False),
        ("warning", "warning", True),
        ("info", "warning", False),
        ("info", "info", True),
        ("error", None, False),
    ],
)
def test_what_is_as_grave_as_the_threshold_fails(
    severity: Severity, threshold: Severity | None, is_failed: bool
) -> None:
    source = Source(Path("compose.yaml"), "a: b\n")
    finding = Finding(At(source.file, 0, 1), "It is a.", severity=severity)
    assert fails(report([reported(source, 0, 1, finding)]), threshold) is is_failed


def test_nothing_found_never_fails() -> None:
    assert not fails(report([]), "info")


def test_findings_are_in_the_order_of_files_and_lines(tmp_path: Path) -> None:
    write(tmp_path, {"b/Dockerfile": DOCKERFILE, "a/Dockerfile": DOCKERFILE})
    found = lint([tmp_path], TWO).found
    assert [(one.file.parent.name, one.line) for one in found] == [
        ("a", 2), ("a", 3), ("b", 2), ("b", 3),
    ]  # fmt: skip


def test_severities_of_the_settings_go_before_those_of_rules(tmp_path: Path) -> None:
    write(tmp_path, {"Dockerfile": DOCKERFILE})
    found = lint([tmp_path], replace(TWO, severities={"AI112": "error"}))
    assert {one.rule.code: one.severity for one in found.found} == {
        "AI112": "error",
        "AI116": "warning",
    }
    assert (found.worst(), found.count("error"), found.count("warning")) == ("error", 1, 1)


def test_given_texts_stand_for_those_of_files(tmp_path: Path) -> None:
    write(tmp_path, {"Dockerfile": DOCKERFILE})
    given = {tmp_path / "Dockerfile": DOCKERFILE.replace("CMD uvicorn", "# nothing\nCMD uvicorn")}
    assert lines(lint([tmp_path], TWO, given)) == [("Dockerfile", 2), ("Dockerfile", 4)]


def test_given_texts_stand_for_included_files_too(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "compose.yaml": "include: [base.yaml]\nservices: {}\n",
            "base.yaml": "services:\n  llm: {image: 'vllm/vllm-openai:v0.11.0'}\n",
        },
    )
    settings = Settings(select=("AI409",))
    assert not lint([tmp_path / "compose.yaml"], settings).found
    given = {tmp_path / "base.yaml": "services:\n  llm: {image: vllm/vllm-openai}\n"}
    assert lines(lint([tmp_path / "compose.yaml"], settings, given)) == [("base.yaml", 2)]


def test_reports_are_put_together_in_one_order() -> None:
    one, two = (Source(Path(name), "a: b\n") for name in ("b.yaml", "a.yaml"))
    problem = Problem(Path("c.yaml"), 1, 1, "", "this is not YAML")
    whole = together(
        [
            report([reported(one, 0, 1)], problems=[problem]),
            report([reported(two, 0, 1)], [reported(two, 0, 1, reason="known")], [problem]),
        ]
    )
    assert [found.file.name for found in whole.found] == ["a.yaml", "b.yaml"]
    assert (len(whole.silenced), whole.problems) == (1, (problem,))
    assert set(whole.project.sources) == {one.file, two.file}


def test_a_file_that_a_fix_makes_has_no_text_yet() -> None:
    assert report([]).source(Path(".dockerignore")).text == ""


def test_what_linting_leaves_counts_as_old_to_the_garbage_collector(tmp_path: Path) -> None:
    write(tmp_path, {"Dockerfile": DOCKERFILE})
    found = lint([tmp_path], TWO)
    assert gc.isenabled()
    assert any(one is found for one in gc.get_objects(generation=2))
