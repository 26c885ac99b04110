"""A start period is shorter than twice the cold start

The model was measured to need more than half of what the health check grants it.

Why:
    Loading from a cold disk, beside another model that loads, or after a driver update takes longer
    than it did when somebody measured. The period ends with the first good answer, so that a long
    one costs nothing.

Example:
    start_period: 60s    # measured cold start: 45 s

Instead:
    start_period: 90s

Source:
    The factor is the checklist's. Cold starts are declared as `facts: {cold-start: 45s}`, and
    Argosy records those of its own stacks.
"""

from __future__ import annotations

from collections.abc import Iterator

from argosy.compose_files.amounts import seconds
from argosy.lint.finding import At, Finding
from argosy.lint.mending import replaced, set_in
from argosy.lint.project.amounts import shown_duration
from argosy.lint.project.project import Project

CODE = "AI306"
SEVERITY = "error"
FIX = "safe"
MEASURED = True


def check(project: Project) -> Iterator[Finding]:
    """Start periods that are set, against the cold start that is known."""
    for service in project.services:
        found = service.healthcheck
        cold = project.facts.of(service.name).cold_start
        if found is None or found.disabled or not found.start_period or cold is None:
            continue
        wanted = cold * project.thresholds.cold_start_headroom
        if found.start_period >= wanted:
            continue
        enough = shown_duration(wanted)
        at = service.at_path("healthcheck", "start_period") if found.value else found.at
        yield Finding(
            at,
            _what(found.start_period, cold),
            f"Set `start_period: {enough}`.",
            service.name,
            fix=set_in(service, ("healthcheck", "start_period"), enough) if found.value else (),
        )
    cold = project.facts.everywhere.cold_start
    for image in project.images if cold is not None else ():
        asked = image.stage.last("HEALTHCHECK")
        told = asked.flag("start-period") if asked is not None else None
        period = seconds(told.value) if told is not None else None
        if told is None or not period or cold is None or project.services_of(image):
            continue
        wanted = cold * project.thresholds.cold_start_headroom
        if period < wanted:
            enough = f"--start-period={shown_duration(wanted)}"
            at = At(image.file, told.span.start, told.span.end)
            yield Finding(at, _what(period, cold), f"Write `{enough}`.", fix=replaced(at, enough))


def _what(period: float, cold: float) -> str:
    told = shown_duration(period)
    return f"the start period is {told}, and a cold start takes {shown_duration(cold)}"
