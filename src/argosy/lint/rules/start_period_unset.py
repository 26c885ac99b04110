"""A health check has no start period

A check that fails while the model loads counts: after ``retries`` of them the container is
unhealthy before it could ever answer, and what waits for it gives up. A model takes 30 to 300
seconds to load; the default of ``start_period`` is 0.

Why:
    During the start period a failed check does not count, and the first one that passes ends it: a
    long one costs nothing. ``start_interval`` (Docker 25) sees the first good answer in seconds.

Example:
    healthcheck:
      test: ["CMD", "curl", "-f", "http://localhost:8000/health"]
      interval: 30s

Instead:
    healthcheck:
      test: ["CMD", "curl", "-f", "http://localhost:8000/health"]
      interval: 30s
      start_period: 300s
      start_interval: 5s

Source:
    Dockerfile reference, HEALTHCHECK. Compose specification, services, healthcheck.
"""

from __future__ import annotations

from collections.abc import Iterator

from argosy.compose_files.amounts import seconds
from argosy.dockerfiles.syntax import Instruction
from argosy.edits import Edit
from argosy.lint.finding import Finding
from argosy.lint.mending import set_in
from argosy.lint.project.amounts import shown_duration
from argosy.lint.project.image import Image, flag
from argosy.lint.project.project import Project
from argosy.lint.project.service import Service

CODE = "AI305"
SEVERITY = "error"
FIX = "safe"

LONG = 300.0  # seconds; the slowest that models commonly are
WHAT = "this health check counts failures from the first second on, while the model loads"


def check(project: Project) -> Iterator[Finding]:
    """Health checks that are on and say nothing of the start."""
    for service in project.services:
        found = service.healthcheck
        if found is None or found.value is None or found.disabled:
            continue
        if found.start_period or "$" in service.written_at("healthcheck", "start_period"):
            continue
        wanted = _wanted(project, service)
        yield Finding(
            found.at,
            WHAT,
            f"Set `start_period: {wanted}` and `start_interval: 5s`.",
            service.name,
            fix=_fix(service, wanted),
        )
    for image in project.images:
        services = project.services_of(image)
        asked = image.stage.last("HEALTHCHECK")
        is_used = not services or any(not one.has("healthcheck") for one in services)
        if asked is None or not is_used or seconds(flag(asked, "start-period")):
            continue
        if "$" in flag(asked, "start-period"):
            continue
        if asked.words and asked.words[0].text.upper() == "NONE":
            continue
        told = f"--start-period={_wanted(project, None)}"
        yield Finding(
            image.at(asked),
            WHAT,
            f"Write `HEALTHCHECK {told} --start-interval=5s …`.",
            fix=_flagged(image, asked, told),
        )


def _flagged(image: Image, asked: Instruction, told: str) -> tuple[Edit, ...]:
    """The flag in the place of an empty one, else behind the keyword."""
    old = asked.flag("start-period")
    if old is not None:
        return (Edit(image.file, old.span.start, old.span.end, told),)
    end = asked.span.start + len("HEALTHCHECK")
    return (Edit(image.file, end, end, f" {told}"),)


def _wanted(project: Project, service: Service | None) -> str:
    cold = project.facts.of(service.name if service else "").cold_start
    return shown_duration(cold * project.thresholds.cold_start_headroom if cold else LONG)


def _fix(service: Service, wanted: str) -> tuple[Edit, ...]:
    start = set_in(service, ("healthcheck", "start_period"), wanted)
    if not start or service.has("healthcheck", "start_interval"):
        return start
    return (*start, *set_in(service, ("healthcheck", "start_interval"), "5s"))
