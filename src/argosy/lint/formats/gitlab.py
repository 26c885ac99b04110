"""For GitLab's merge requests: a report of code quality, which is shown beside the changed lines.

https://docs.gitlab.com/ci/testing/code_quality/#code-quality-report-format
"""

from __future__ import annotations

import hashlib
import json

from argosy.errors import Problem
from argosy.lint.finding import Severity
from argosy.lint.fingerprints import fingerprints
from argosy.lint.presentation import Presentation
from argosy.lint.run import Report, Reported

_SEVERITIES: dict[Severity, str] = {"error": "critical", "warning": "major", "info": "info"}


def render(report: Report, presentation: Presentation) -> str:
    """A list; empty where nothing was found."""
    told = [_problem("cannot be read", "unreadable", one, presentation) for one in report.problems]
    told += [_problem("fault", "fault", one, presentation) for one in report.faults]
    told += [_problem("note", "note", one, presentation, "info") for one in report.notes]
    prints = fingerprints(report.found, presentation)
    told += [_issue(one, p, presentation) for one, p in zip(report.found, prints, strict=True)]
    return json.dumps(told, indent=2, ensure_ascii=False) + "\n"


def _issue(one: Reported, print_: str, presentation: Presentation) -> dict[str, object]:
    end = max(one.end_line - (one.end_column == 1), one.line)
    return {
        "description": one.finding.message,
        "check_name": f"{one.rule.code} {one.rule.slug}",
        "fingerprint": print_,
        "severity": _SEVERITIES[one.severity],
        "location": {
            "path": presentation.in_repository(one.file),
            "lines": {"begin": one.line, "end": end},
        },
    }


def _problem(
    kind: str, name: str, one: Problem, presentation: Presentation, severity: str = "blocker"
) -> dict[str, object]:
    path = presentation.in_repository(one.file)
    told = f"{path}\0{one.line}\0{one.column}\0{one.path}\0{one.what}"
    return {
        "description": f"{kind}: {one.what}. {one.next_step}".rstrip(),
        "check_name": name,
        "fingerprint": hashlib.sha256(told.encode()).hexdigest()[:32],
        "severity": severity,
        "location": {"path": path, "lines": {"begin": one.line}},
    }
