"""How often each rule speaks, and how long it takes."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace

from argosy.lint.project.project import Project
from argosy.lint.run import Report
from argosy.lint.settings import Settings


def table(linted: Sequence[tuple[Settings, Project]], report: Report) -> Iterator[str]:
    """A line for each rule that was used, slowest first. Rules are run again, to be timed."""
    seconds: defaultdict[tuple[str, str], float] = defaultdict(float)
    for settings, project in linted:
        whole = replace(project, facts=settings.facts, thresholds=settings.thresholds)
        for rule in settings.rules:
            start = time.perf_counter()
            with suppress(Exception):  # the report tells of what breaks
                for _ in rule.check(whole):
                    pass
            seconds[rule.code, rule.slug] += time.perf_counter() - start
    found = Counter(one.rule.code for one in report.found)
    silenced = Counter(one.rule.code for one in report.silenced)
    yield f"{'rule':<42} {'found':>6} {'silenced':>9} {'ms':>8}"
    for (code, slug), took in sorted(seconds.items(), key=lambda one: -one[1]):
        yield f"{code} {slug:<36} {found[code]:>6} {silenced[code]:>9} {took * 1000:>8.1f}"
