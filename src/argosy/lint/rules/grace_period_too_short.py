"""A model service is killed before its requests are answered

Docker sends SIGTERM, and SIGKILL 10 seconds later. A long answer takes longer.

Why:
    Everything that is in flight breaks off at each update and each `docker compose up`.

Example:
    llm:
      image: vllm/vllm-openai:v0.11.0

Instead:
    llm:
      image: vllm/vllm-openai:v0.11.0
      stop_grace_period: 60s

Source:
    Compose specification, services, stop_grace_period. The server has to use the time, too: vLLM
    ends its requests only where it is told to drain.
"""

from __future__ import annotations

from collections.abc import Iterator

from argosy.compose_files.amounts import seconds
from argosy.lint.finding import Finding
from argosy.lint.mending import set_in
from argosy.lint.project.amounts import shown_duration
from argosy.lint.project.project import Project

CODE = "AI313"
SEVERITY = "warning"
FIX = "safe"

DEFAULT = 10.0  # seconds


def check(project: Project) -> Iterator[Finding]:
    """Unset, or below the drain time that is known; of what is set, the default at least."""
    for service in project.services:
        told = seconds(service.text("stop_grace_period"))
        if told is None and "$" in service.written_at("stop_grace_period"):
            continue
        measured = project.facts.of(service.name).drain
        least = measured if measured is not None else DEFAULT
        if told is not None and told >= least:
            continue
        wanted = shown_duration(max(measured or project.thresholds.drain, least))
        has = "10s, Docker's default" if told is None else shown_duration(told)
        if told is None and measured is not None and measured <= DEFAULT:
            continue
        yield Finding(
            service.at_path("stop_grace_period"),
            f"`{service.name}` is killed after {has}, in the middle of its answers",
            f"Set `stop_grace_period: {wanted}`.",
            service.name,
            fix=set_in(service, ("stop_grace_period",), wanted),
        )
