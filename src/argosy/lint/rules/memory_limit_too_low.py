"""A memory limit leaves no room above what was measured

The limit is below the measured 99th percentile and a fifth more.

Why:
    The peak that was measured is not the highest there will be: longer inputs and fuller batches
    take more, and at the limit the container ends in the middle of its requests.

Example:
    limits: {memory: 15g}   # measured: 14 GiB

Instead:
    limits: {memory: 17g}

Source:
    The figure is the checklist's: P99 of the observed use and 20 % headroom. It is declared as
    `facts: {services: {llm: {memory-p99: 14GiB}}}`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

from argosy.lint.finding import Finding
from argosy.lint.mending import set_in
from argosy.lint.project.amounts import shown_size
from argosy.lint.project.project import Project
from argosy.lint.project.service import Service

CODE = "AI303"
SEVERITY = "warning"
FIX = "safe"
MEASURED = True

STEP = 256 << 20


def check(project: Project) -> Iterator[Finding]:
    """Limits against what is known of the service."""
    for service in project.services:
        peak = project.facts.of(service.name).memory_p99
        limit, value = service.memory_limit, service.limit("memory")
        if peak is None or limit is None or value is None:
            continue
        wanted = peak * project.thresholds.memory_headroom
        if limit >= wanted:
            continue
        enough = shown_size(math.ceil(wanted / STEP) * STEP)
        yield Finding(
            service.value_at(value),
            f"the limit is {limit / 2**30:.1f} GiB where {peak / 2**30:.1f} GiB were measured",
            f"Set {enough}.",
            service.name,
            fix=set_in(service, _path(service), enough),
        )


def _path(service: Service) -> tuple[str, ...]:
    """Where the limit in force stands."""
    new = ("deploy", "resources", "limits", "memory")
    return new if service.limit("memory") is service.value.below(new) else ("mem_limit",)
