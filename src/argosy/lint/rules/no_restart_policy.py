"""A model service is not started again when it ends

A model that runs out of memory, or whose GPU fails for a moment, stays down until somebody looks.

Why:
    The default of ``restart`` is ``no``.

Example:
    llm:
      image: vllm/vllm-openai:v0.11.0

Instead:
    llm:
      image: vllm/vllm-openai:v0.11.0
      restart: unless-stopped

Source:
    Compose specification, services, restart.
"""

from __future__ import annotations

from collections.abc import Iterator

from argosy.lint.finding import Finding
from argosy.lint.mending import set_in
from argosy.lint.project.project import Project

CODE = "AI312"
SEVERITY = "warning"
FIX = "safe"


def check(project: Project) -> Iterator[Finding]:
    """Neither ``restart`` nor ``deploy.restart_policy``."""
    for service in project.services:
        is_told = service.text("restart") or service.has("deploy", "restart_policy")
        if not is_told and "$" not in service.written_at("restart"):
            yield Finding(
                service.at,
                f"`{service.name}` stays down once it has ended",
                "Set `restart: unless-stopped`.",
                service.name,
                fix=set_in(service, ("restart",), "unless-stopped"),
            )
