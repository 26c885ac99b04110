"""Reports made by hand, for what only shows them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from argosy.errors import Problem
from argosy.lint.finding import At, Finding
from argosy.lint.presentation import Presentation
from argosy.lint.project.project import Project
from argosy.lint.project.source import Source
from argosy.lint.rule import Rule
from argosy.lint.run import Report, Reported

HERE = Presentation(Path("/work/stack"), Path("/work"))


def nothing(_: Project) -> Iterator[Finding]:
    yield from ()


RULE = Rule(
    "AI305",
    "no-start-period",
    "warning",
    "A health check that does not wait for the weights",
    {"Why": "Loading takes minutes.", "Example": "healthcheck:\n  retries: 3", "Instead": "Wait."},
    nothing,
    "safe",
)
FAULT = Problem(Path("a.yaml"), 1, 1, "", "the rule AI305 x is broken: KeyError: 'a'", "Report it.")
NOTE = Problem(Path("a.yaml"), 2, 3, "", "there is no rule `AI999`", "Did you mean AI309?")
UNSAFE = Rule("AI307", "root", "error", "Runs as root", {"Why": "Because."}, nothing, "unsafe")


def reported(
    source: Source,
    start: int,
    end: int,
    finding: Finding | None = None,
    rule: Rule = RULE,
    reason: str | None = None,
) -> Reported:
    """A finding at a piece of a text."""
    at = At(source.file, start, end)
    found = finding or Finding(at, "The check gives up after 90 s.", "Write `start_period: 5m`.")
    level = found.severity or rule.severity
    return Reported(
        rule, found, level, *source.position(start), *source.position(end), source, reason
    )


def report(
    found: Sequence[Reported],
    silenced: Sequence[Reported] = (),
    problems: Sequence[Problem] = (),
    sources: Mapping[Path, Source] | None = None,
    faults: Sequence[Problem] = (),
    notes: Sequence[Problem] = (),
) -> Report:
    """A report of these."""
    texts = sources or {one.file: one.source for one in (*found, *silenced)}
    project = Project(sources=texts)
    return Report(
        tuple(found), tuple(silenced), tuple(problems), project, tuple(faults), tuple(notes)
    )
