"""For GitHub's workflows: a workflow command a finding, which is shown at its line in a change.

https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-commands
"""

from __future__ import annotations

from collections.abc import Iterator

from argosy.errors import Problem
from argosy.lint.finding import Severity
from argosy.lint.presentation import Presentation
from argosy.lint.run import Report, Reported

_COMMANDS: dict[Severity, str] = {"error": "error", "warning": "warning", "info": "notice"}


def render(report: Report, presentation: Presentation) -> str:
    """One line for each; nothing where nothing was found."""
    return "".join(f"{line}\n" for line in _lines(report, presentation))


def _lines(report: Report, presentation: Presentation) -> Iterator[str]:
    for problem in report.problems:
        yield _problem("error", "cannot be read", problem, presentation)
    for fault in report.faults:
        yield _problem("error", "fault", fault, presentation)
    for note in report.notes:
        yield _problem("notice", "note", note, presentation)
    for one in report.found:
        place = _place(one, presentation)
        yield _command(_COMMANDS[one.severity], place, one.finding.message)


def _problem(name: str, title: str, one: Problem, presentation: Presentation) -> str:
    file = presentation.in_repository(one.file)
    place: dict[str, str | int] = {"file": file, "line": one.line, "col": one.column}
    text = " ".join(part for part in (f"{one.what}.", one.next_step) if part)
    return _command(name, {**place, "title": title}, text)


def _place(one: Reported, presentation: Presentation) -> dict[str, str | int]:
    place: dict[str, str | int] = {
        "file": presentation.in_repository(one.file),
        "line": one.line,
        "endLine": max(one.end_line - (one.end_column == 1), one.line),
    }
    if one.end_line == one.line:  # columns are for findings in one line only
        place |= {"col": one.column, "endColumn": one.end_column}
    return {**place, "title": f"{one.rule.code} {one.rule.slug}"}


def _command(name: str, properties: dict[str, str | int], text: str) -> str:
    told = ",".join(f"{key}={_property(str(value))}" for key, value in properties.items())
    return f"::{name} {told}::{_data(text)}"


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")
