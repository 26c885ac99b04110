from __future__ import annotations

from pathlib import Path

import pytest

from argosy.lint.run import Report, lint
from argosy.lint.settings import Settings
from tests.lint.files import write

UNUSED = Settings(ignores_report_unused=True)


def told(report: Report) -> list[tuple[int, int, str, str]]:
    return [(one.line, one.column, one.what, one.next_step) for one in report.notes]


def linted(folder: Path, comment: str, settings: Settings = Settings()) -> Report:  # noqa: B008
    dockerfile = f"FROM python:3.12-slim\n{comment}\nRUN pip install torch==2.8.0\n"
    write(folder, {"Dockerfile": dockerfile})
    return lint([folder], settings)


@pytest.mark.parametrize(
    ("comment", "name", "close"),
    [
        ("# argosy ignore=AI912 it is small", "AI912", "AI112 or AI212 or AI312"),
        (
            "# argosy ignore=AI112,package-cash-kept it is small",
            "package-cash-kept",
            "package-cache-kept",
        ),
        ("# argosy global ignore=no_memory_limits", "no_memory_limits", "no-memory-limit"),
    ],
)
def test_a_name_of_no_rule_is_told_with_the_nearest(
    tmp_path: Path, comment: str, name: str, close: str
) -> None:
    ((line, column, what, step),) = told(linted(tmp_path, comment))
    assert (line, column, what) == (2, 1, f"there is no rule `{name}`")
    assert step == f"Did you mean {close}?"


@pytest.mark.parametrize(
    "comment",
    [
        "# argosy ignore AI112 it is small",
        "# argosy: ignore=AI112",
        "# argosy ignore: package-cache-kept",
        "# argosy ignore",
        "# argosy global ignore=",
        "# argosy ignores AI999",
        "# argosyignore=AI112",
    ],
)
def test_what_only_looks_alike_is_told_to_silence_nothing(tmp_path: Path, comment: str) -> None:
    report = linted(tmp_path, comment)
    assert told(report) == [
        (
            2,
            1,
            "this comment silences nothing: no rule follows an `=`",
            "Write `# argosy ignore=AI301 reason`.",
        )
    ]
    assert "AI112" in [one.rule.code for one in report.found]


@pytest.mark.parametrize(
    "comment",
    [
        "# argosy ignore=AI112",
        "# argosy ignore=AI3, no-log-rotation one tenant",
        "# argosy ignores comments that are not for it",
        "# what argosy is",
        "# written as `# argosy ignore=` and a rule",
    ],
)
def test_other_comments_get_no_note(tmp_path: Path, comment: str) -> None:
    assert told(linted(tmp_path, comment)) == []


def test_a_comment_that_silences_nothing_is_told_where_that_is_asked_for(tmp_path: Path) -> None:
    comment = "# argosy ignore=AI112,AI116 it is small"
    assert told(linted(tmp_path, comment)) == []
    assert told(linted(tmp_path, comment, UNUSED)) == [
        (2, 1, "`AI116` is silenced, and nothing of it is found here", "Take its name out.")
    ]
    alone = "# argosy global ignore=shell-form-command"
    assert [step for *_, step in told(linted(tmp_path, alone, UNUSED))] == ["Take the comment out."]


@pytest.mark.parametrize("name", ["AI112", "AI1", "AI306", "AI405"])
def test_what_silences_or_could_not_be_found_is_no_unused_comment(
    tmp_path: Path, name: str
) -> None:
    settings = Settings(ignore=("AI405",), ignores_report_unused=True)
    assert told(linted(tmp_path, f"# argosy ignore={name}", settings)) == []
