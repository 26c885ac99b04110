"""Linting: read, let every rule look, leave out what comments silence, put in order."""

from __future__ import annotations

import gc
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from argosy.errors import Problem
from argosy.lint.faults import fault
from argosy.lint.finding import SEVERITIES, Finding, Severity
from argosy.lint.ignore_notes import notes
from argosy.lint.ignores import Ignores
from argosy.lint.project import reading
from argosy.lint.project.discovery import is_like
from argosy.lint.project.project import Project
from argosy.lint.project.source import Source
from argosy.lint.rule import Rule, named
from argosy.lint.settings import Settings
from argosy.records import record

DEFAULTS = Settings()


@record()
class Reported:
    """A finding with its rule and place. Lines and columns count from 1; the end is exclusive.

    ``reason`` is that of the comment which silences it; None where none does.
    """

    rule: Rule
    finding: Finding
    severity: Severity
    line: int
    column: int
    end_line: int
    end_column: int
    source: Source
    reason: str | None = None

    @property
    def file(self) -> Path:
        """Where it is."""
        return self.finding.at.file

    @property
    def fingerprint(self) -> str:
        """The same as long as the line and its subject are, wherever the line moves."""
        words = " ".join(self.source.line(self.line).split())
        told = f"{self.rule.code}\0{self.finding.subject}\0{words}"
        return hashlib.sha256(told.encode()).hexdigest()[:16]


@dataclass(frozen=True)
class Report:
    """``found`` by files and lines, ``silenced`` by comments, ``problems`` of files.

    ``faults`` are rules that broke, of which only what they found before is known, ``notes`` what
    is wrong with comments that are to silence rules. ``rules`` are all that looked.
    """

    found: tuple[Reported, ...]
    silenced: tuple[Reported, ...]
    problems: tuple[Problem, ...]
    project: Project
    faults: tuple[Problem, ...] = ()
    notes: tuple[Problem, ...] = ()
    rules: tuple[Rule, ...] = ()

    @property
    def is_whole(self) -> bool:
        """Whether every file could be read, and every rule could look."""
        return not self.problems and not self.faults

    def source(self, file: Path) -> Source:
        """The text of a file; an empty one of a file that a fix makes."""
        return self.project.sources.get(file) or Source(file, "")

    def worst(self) -> Severity | None:
        """The gravest severity that was found; None where nothing was."""
        return min((one.severity for one in self.found), key=SEVERITIES.index, default=None)

    def count(self, severity: Severity) -> int:
        """How many findings are of a severity."""
        return sum(one.severity == severity for one in self.found)


def lint(
    paths: Sequence[Path],
    settings: Settings = DEFAULTS,
    given: Mapping[Path, str] = MappingProxyType({}),
) -> Report:
    """Everything that is wrong below the paths; texts that are ``given`` stand for their files'.

    Raises UsageError for a path that is nothing to lint, and for settings that name no rule.
    """
    with _uncollected():
        return examine(reading.read(paths, settings.exclude, given), settings)


@contextmanager
def _uncollected() -> Iterator[None]:
    """All that is read is kept to the end: to look for garbage in it takes a third of the time."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        gc.freeze()
        gc.unfreeze()  # all that is there counts as old, so that the next look passes it over
        if was_on:
            gc.enable()


def examine(
    project: Project, settings: Settings = DEFAULTS, rules: Sequence[Rule] | None = None
) -> Report:
    """Everything that is wrong with a project, by the settings' rules where no others are given.

    Pure. A rule that breaks is a fault in the report, and the others go on.
    """
    project = replace(project, facts=settings.facts, thresholds=settings.thresholds)
    ignores = {file: Ignores(source) for file, source in project.sources.items()}
    left_out = {
        pattern: {rule.code for name in names for rule in named(name)}
        for pattern, names in settings.per_path.items()
    }
    reported: list[Reported] = []
    faults: list[Problem] = []
    used = settings.rules if rules is None else rules
    for rule in used:
        try:
            for finding in rule.check(project):
                if _is_left_out(finding.at.file, rule.code, left_out):
                    continue
                one = _placed(rule, finding, project, ignores, settings)
                reported.append(one)  # what is found stays, though the rule may break behind it
        except Exception as error:  # noqa: BLE001  whatever it is, it is the rule's
            faults.append(fault(rule, project, error))
    distinct = {(_order(one), one.finding.at): one for one in reported}
    every = sorted(distinct.values(), key=_order)
    silenced = tuple(one for one in every if one.reason is not None)
    places = [(one.rule, one.file, one.line) for one in silenced]
    return Report(
        tuple(one for one in every if one.reason is None),
        silenced,
        project.problems,
        project,
        tuple(faults),
        tuple(notes(ignores, places, used, unused=settings.ignores_report_unused)),
        tuple(used),
    )


def together(reports: Sequence[Report]) -> Report:
    """One report of all, where paths have settings of their own."""
    if len(reports) == 1:
        return reports[0]
    sources = {file: text for one in reports for file, text in one.project.sources.items()}
    return Report(
        tuple(sorted((found for one in reports for found in one.found), key=_order)),
        tuple(sorted((found for one in reports for found in one.silenced), key=_order)),
        tuple(sorted({problem for one in reports for problem in one.problems})),
        Project(sources=sources),
        tuple(sorted({broken for one in reports for broken in one.faults})),
        tuple(sorted({note for one in reports for note in one.notes})),
        tuple({rule.code: rule for one in reports for rule in one.rules}.values()),
    )


def fails(report: Report, threshold: Severity | None) -> bool:
    """Whether something is at least as grave as the threshold; nothing is without one."""
    worst = report.worst()
    if worst is None or threshold is None:
        return False
    return SEVERITIES.index(worst) <= SEVERITIES.index(threshold)


def _placed(
    rule: Rule,
    finding: Finding,
    project: Project,
    ignores: Mapping[Path, Ignores],
    settings: Settings,
) -> Reported:
    severity = settings.severities.get(rule.code) or finding.severity or rule.severity
    source = project.sources[finding.at.file]
    line, column = source.position(finding.at.start)
    end_line, end_column = source.position(max(finding.at.end, finding.at.start))
    reason = None
    if settings.ignores_allowed:
        silencing = ignores[finding.at.file].silencing(rule.code, rule.slug, line)
        if silencing is not None and (silencing.reason or not settings.ignores_need_reason):
            reason = silencing.reason
    return Reported(rule, finding, severity, line, column, end_line, end_column, source, reason)


def _is_left_out(file: Path, code: str, left_out: Mapping[str, set[str]]) -> bool:
    return any(code in codes and is_like(file, pattern) for pattern, codes in left_out.items())


def _order(one: Reported) -> tuple[str, int, int, str, str]:
    return (str(one.file), one.line, one.column, one.rule.code, one.finding.what)
