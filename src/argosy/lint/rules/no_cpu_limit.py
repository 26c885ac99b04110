"""A model service may use all processors of the machine

Loading, tokenizing and the threads of a numeric library take every core there is.

Why:
    A service without a limit slows its neighbours whenever it is busy, and libraries that count
    the machine's cores start that many threads, which then wait for each other.

Example:
    deploy:
      resources:
        limits:
          memory: 16g

Instead:
    deploy:
      resources:
        limits:
          memory: 16g
          cpus: "4"

Source:
    Compose specification, deploy, resources.
"""

from __future__ import annotations

from collections.abc import Iterator

from argosy.lint.finding import Finding
from argosy.lint.project.project import Project

CODE = "AI302"
SEVERITY = "warning"


def check(project: Project) -> Iterator[Finding]:
    """Neither ``deploy.resources.limits.cpus`` nor ``cpus``."""
    for service in project.services:
        if (
            service.limit("cpus") is None
            and not service.has("cpuset")
            and not service.has("cpu_quota")
        ):
            yield Finding(
                service.at_path("deploy", "resources", "limits"),
                f"`{service.name}` has no CPU limit, so it can slow its neighbours down",
                "Set `deploy.resources.limits.cpus`.",
                service.name,
            )
