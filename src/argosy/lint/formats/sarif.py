"""For code scanning (GitHub, GitLab, Azure, editors): SARIF 2.1.0, with what `--fix` would change.

https://docs.oasis-open.org/sarif/sarif/v2.1.0/sarif-v2.1.0.html; sections are named where used.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from argosy import __version__
from argosy.edits import Edit
from argosy.errors import Problem
from argosy.lint import manual
from argosy.lint.finding import Severity
from argosy.lint.fingerprints import fingerprints
from argosy.lint.presentation import Presentation
from argosy.lint.project.source import Source
from argosy.lint.rule import Rule
from argosy.lint.run import Report, Reported

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
ROOT = "%SRCROOT%"
_LEVELS: dict[Severity, str] = {"error": "error", "warning": "warning", "info": "note"}


def render(report: Report, presentation: Presentation) -> str:
    """A log of one run. What comments silence is in it, marked as suppressed.

    All rules that looked are described, also those that found nothing: GitHub asks for the rules of
    the analysis, and who reads the log sees what was checked and is in order.
    """
    every = (*report.found, *report.silenced)
    looked = (*report.rules, *(one.rule for one in every))
    rules = sorted({rule.code: rule for rule in looked}.items())
    indexes = {code: index for index, (code, _) in enumerate(rules)}
    results = [
        _result(one, print_, indexes, report, presentation)
        for one, print_ in zip(every, fingerprints(every, presentation), strict=True)
    ]
    driver = {
        "name": "argosy",
        "semanticVersion": __version__,
        "rules": [_descriptor(rule) for _, rule in rules],
    }
    run = {
        "tool": {"driver": driver},
        "columnKind": "utf16CodeUnits",
        "originalUriBaseIds": {
            ROOT: {"description": {"text": "The root of the repository that was linted."}}
        },
        "invocations": [
            {
                "executionSuccessful": report.is_whole,
                "toolExecutionNotifications": [
                    _notification(one, presentation) for one in (*report.problems, *report.faults)
                ],
                "toolConfigurationNotifications": [
                    _notification(one, presentation, "note") for one in report.notes
                ],
            }
        ],
        "results": results,
    }
    log = {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}
    return json.dumps(log, indent=2, ensure_ascii=False) + "\n"


def _descriptor(rule: Rule) -> dict[str, Any]:
    """Section 3.49."""
    text = "\n\n".join(f"{name}:\n{section}" for name, section in rule.sections.items())
    markdown = "\n\n".join(
        f"**{name}**\n\n{manual.section(name, section)}" for name, section in rule.sections.items()
    )
    return {
        "id": rule.code,
        "name": "".join(word.capitalize() for word in rule.slug.split("-")),
        "shortDescription": {"text": rule.title},
        "fullDescription": {"text": rule.sections.get("Why", rule.title)},
        "help": {"text": text or rule.title, "markdown": markdown or rule.title},
        "defaultConfiguration": {"level": _LEVELS[rule.severity]},
        "properties": {"slug": rule.slug, "tags": ["ai", "containers"]},
    }


def _result(
    one: Reported,
    print_: str,
    indexes: Mapping[str, int],
    report: Report,
    presentation: Presentation,
) -> dict[str, Any]:
    """Section 3.27."""
    finding = one.finding
    region = _region(one.source, finding.at.start, max(finding.at.end, finding.at.start))
    result: dict[str, Any] = {
        "ruleId": one.rule.code,
        "ruleIndex": indexes[one.rule.code],
        "level": _LEVELS[one.severity],
        "message": {"text": finding.message},
        "locations": [{"physicalLocation": _physical(one.file, region, presentation)}],
        "partialFingerprints": {"argosyFinding/v1": print_},
    }
    if finding.fix and one.rule.fix == "safe":
        result["fixes"] = [_fix(one, report, presentation)]
    if one.reason is not None:
        justification = {"justification": one.reason} if one.reason else {}
        result["suppressions"] = [{"kind": "inSource", "status": "accepted", **justification}]
    return result


def _fix(one: Reported, report: Report, presentation: Presentation) -> dict[str, Any]:
    """Section 3.55: the edits of each file."""
    edits: dict[Path, list[Edit]] = {}
    for edit in one.finding.fix:
        edits.setdefault(edit.file, []).append(edit)
    description = {"text": one.finding.next_step or one.rule.title}
    return {
        "description": description,
        "artifactChanges": [
            {
                "artifactLocation": _artifact(file, presentation),
                "replacements": _replacements(those, report.source(file)),
            }
            for file, those in edits.items()
        ],
    }


def _replacements(edits: Sequence[Edit], source: Source) -> list[dict[str, Any]]:
    return [
        {
            "deletedRegion": _region(source, one.start, one.end),
            "insertedContent": {"text": one.replacement},
        }
        for one in edits
    ]


def _physical(file: Path, region: dict[str, int], presentation: Presentation) -> dict[str, Any]:
    return {"artifactLocation": _artifact(file, presentation), "region": region}


def _artifact(file: Path, presentation: Presentation) -> dict[str, str]:
    address = presentation.address(file)
    return {"uri": address} if address.startswith("file:") else {"uri": address, "uriBaseId": ROOT}


def _region(source: Source, start: int, end: int) -> dict[str, int]:
    """Section 3.30; columns count units of UTF-16, as `columnKind` says."""
    line, column = source.position(start)
    end_line, end_column = source.position(end)
    return {
        "startLine": line,
        "startColumn": _units(source.line(line)[: column - 1]) + 1,
        "endLine": end_line,
        "endColumn": _units(source.line(end_line)[: end_column - 1]) + 1,
    }


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", errors="surrogatepass")) // 2


def _notification(one: Problem, presentation: Presentation, level: str = "error") -> dict[str, Any]:
    """Section 3.58."""
    region = {"startLine": one.line, "startColumn": one.column}
    return {
        "level": level,
        "message": {"text": f"{one.what}. {one.next_step}".rstrip()},
        "locations": [{"physicalLocation": _physical(one.file, region, presentation)}],
    }
