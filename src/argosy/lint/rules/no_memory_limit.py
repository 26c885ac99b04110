"""A model service may use all memory of the machine

Weights, the caches of requests and a leak all grow until the kernel ends a process, and it need not
be the one that grew.

Why:
    With a limit the container that takes too much ends, alone and with a reason that `docker
    inspect` tells (OOMKilled). Without one its neighbours go down with it.

Example:
    services:
      llm:
        image: vllm/vllm-openai:v0.11.0

Instead:
    services:
      llm:
        image: vllm/vllm-openai:v0.11.0
        deploy:
          resources:
            limits:
              memory: 16g

Source:
    Compose specification, deploy, resources. Take the 99th percentile of what was measured and a
    fifth more.
"""

from __future__ import annotations

from collections.abc import Iterator

from argosy.lint.finding import Finding
from argosy.lint.project.project import Project

CODE = "AI301"
SEVERITY = "error"


def check(project: Project) -> Iterator[Finding]:
    """Neither ``deploy.resources.limits.memory`` nor ``mem_limit``."""
    for service in project.services:
        if service.limit("memory") is None:
            yield Finding(
                service.at,
                f"`{service.name}` has no memory limit, so it can take its neighbours down",
                "Set `deploy.resources.limits.memory` to the measured peak and a fifth more.",
                service.name,
            )
