"""A container's log grows until the disk is full

Docker's default driver, ``json-file``, keeps everything.

Why:
    Engines log each request. A full disk stops every container of the machine.

Example:
    llm:
      image: vllm/vllm-openai:v0.11.0

Instead:
    llm:
      image: vllm/vllm-openai:v0.11.0
      logging:
        driver: json-file
        options: {max-size: 50m, max-file: "5"}

Source:
    Docker documentation, JSON File logging driver. The driver ``local`` rotates by itself.
"""

from __future__ import annotations

from collections.abc import Iterator

from argosy.lint.finding import Finding
from argosy.lint.mending import set_in
from argosy.lint.project.project import Project

CODE = "AI315"
SEVERITY = "warning"
FIX = "safe"


def check(project: Project) -> Iterator[Finding]:
    """The driver ``json-file``, by name or by default, without ``max-size``."""
    for service in project.services:
        driver = service.text("logging", "driver") or "json-file"
        if driver != "json-file" or service.has("logging", "options", "max-size"):
            continue
        path: tuple[str, ...] = ("logging",)
        block = 'driver: json-file\noptions:\n  max-size: 50m\n  max-file: "5"'
        if service.has("logging", "options"):
            path, block = ("logging", "options", "max-size"), "50m"
        elif service.has("logging"):
            path, block = ("logging", "options"), 'max-size: 50m\nmax-file: "5"'
        yield Finding(
            service.at_path("logging"),
            f"the log of `{service.name}` grows until the disk is full",
            'Set `logging: {driver: json-file, options: {max-size: 50m, max-file: "5"}}`.',
            service.name,
            fix=set_in(service, path, block),
        )
