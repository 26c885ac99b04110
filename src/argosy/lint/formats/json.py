"""For programs: everything that is known of a finding, in a form that stays.

New keys may come; those that are there keep their meaning while ``version`` is 1. Lines and columns
count characters from 1, ends are exclusive.
"""

from __future__ import annotations

import json

from argosy.edits import Edit
from argosy.errors import Problem
from argosy.lint.finding import SEVERITIES
from argosy.lint.fingerprints import fingerprints
from argosy.lint.presentation import Presentation
from argosy.lint.run import Report, Reported


def render(report: Report, presentation: Presentation) -> str:
    """One object: ``summary``, ``findings``, the silenced among them, and what else is told."""
    every = (*report.found, *report.silenced)
    counts: dict[str, int] = {level: report.count(level) for level in SEVERITIES}
    counts |= {"silenced": len(report.silenced), "files": len(report.project.sources)}
    told = {
        "version": 1,
        "summary": counts,
        "findings": [
            _finding(one, print_, report, presentation)
            for one, print_ in zip(every, fingerprints(every, presentation), strict=True)
        ],
        "problems": [_problem(one, presentation) for one in report.problems],
        "faults": [_problem(one, presentation) for one in report.faults],
        "notes": [_problem(one, presentation) for one in report.notes],
    }
    return json.dumps(told, indent=2, ensure_ascii=False) + "\n"


def _finding(
    one: Reported, print_: str, report: Report, presentation: Presentation
) -> dict[str, object]:
    finding = one.finding
    return {
        "rule": one.rule.code,
        "slug": one.rule.slug,
        "severity": one.severity,
        "file": presentation.near(one.file),
        "line": one.line,
        "column": one.column,
        "end_line": one.end_line,
        "end_column": one.end_column,
        "subject": finding.subject,
        "what": finding.what,
        "next_step": finding.next_step,
        "fix": one.rule.fix if finding.fix else None,
        "edits": [_edit(edit, report, presentation) for edit in finding.fix],
        "fingerprint": print_,
        "silenced": one.reason is not None,
        "reason": one.reason,
    }


def _problem(one: Problem, presentation: Presentation) -> dict[str, object]:
    return {
        "file": presentation.near(one.file),
        "line": one.line,
        "column": one.column,
        "path": one.path,
        "what": one.what,
        "next_step": one.next_step,
    }


def _edit(edit: Edit, report: Report, presentation: Presentation) -> dict[str, object]:
    source = report.source(edit.file)
    line, column = source.position(edit.start)
    end_line, end_column = source.position(edit.end)
    return {
        "file": presentation.near(edit.file),
        "line": line,
        "column": column,
        "end_line": end_line,
        "end_column": end_column,
        "replacement": edit.replacement,
    }
