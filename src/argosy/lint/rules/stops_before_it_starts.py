"""An update stops the old container before the new one answers

A slow starter is then away for as long as its model loads.

Why:
    ``stop-first`` is the default of ``update_config``. With minutes of loading, each update is an
    outage.

Example:
    deploy:
      update_config:
        parallelism: 1

Instead:
    deploy:
      update_config:
        parallelism: 1
        order: start-first

Source:
    Compose specification, deploy, update_config. For a moment both are there: memory and GPUs must
    hold two.
"""

from __future__ import annotations

from collections.abc import Iterator

from argosy.lint.finding import Finding
from argosy.lint.mending import set_in
from argosy.lint.project.project import Project

CODE = "AI314"
SEVERITY = "warning"
FIX = "safe"

_PATH = ("deploy", "update_config", "order")


def check(project: Project) -> Iterator[Finding]:
    """Services with ``update_config`` whose order is, or is left at, ``stop-first``.

    Nothing is edited where it uses GPUs: nobody knows here whether they hold two of it.
    """
    for service in project.services:
        if service.has("deploy", "update_config") and service.text(*_PATH) in ("", "stop-first"):
            yield Finding(
                service.at_path(*_PATH),
                f"`{service.name}` is away at each update for as long as its model loads",
                "Set `order: start-first`, where memory and GPUs hold two.",
                service.name,
                fix=() if service.gpus else set_in(service, _PATH, "start-first"),
            )
