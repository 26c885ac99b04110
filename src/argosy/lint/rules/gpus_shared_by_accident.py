"""Services get GPUs that were meant for others

Two services ask for all GPUs, or one reserves some and is told to see all.

Why:
    Both load their model into the first GPU, and the second to start runs out of memory there while
    the other GPUs are idle.

Example:
    environment: [NVIDIA_VISIBLE_DEVICES=all]
    gpus: [{count: 1}]

Instead:
    gpus: [{device_ids: ["1"]}]

Source:
    Compose specification, devices: without `count` and `device_ids`, all GPUs are meant.
"""

from __future__ import annotations

from collections.abc import Iterator

from argosy.lint.finding import Finding
from argosy.lint.project.project import Project
from argosy.lint.project.service import Service, run_together

CODE = "AI207"
SEVERITY = "warning"


def check(project: Project) -> Iterator[Finding]:
    """In one service, and between the services of one set of Compose files."""
    for service in project.services:
        visible = service.environment.get("NVIDIA_VISIBLE_DEVICES")
        told = [one for one in service.gpus if one.form != "runtime" and one.count != "all"]
        if visible is not None and visible.value == "all" and told:
            yield Finding(
                visible.at,
                f"`{service.name}` reserves {_shown(service)} and is told to see all",
                "Leave the variable out: what is reserved is what it sees.",
                service.name,
            )
    for compose in project.compose:
        services = [one for one in project.services_in(compose) if _takes_all(one)]
        for service in services:
            others = [one for one in services if one is not service and run_together(one, service)]
            if others:
                names = ", ".join(f"`{one.name}`" for one in others)
                request = next(one for one in service.gpus if one.count == "all")
                yield Finding(
                    request.at,
                    f"`{service.name}` and {names} each take all GPUs",
                    'Give each its own: `device_ids: ["0"]`.',
                    service.name,
                )


def _takes_all(service: Service) -> bool:
    return any(one.count == "all" for one in service.gpus) and not any(
        one.ids or isinstance(one.count, int) for one in service.gpus
    )


def _shown(service: Service) -> str:
    count = service.gpu_count
    return f"{count} GPU{'s' if count != 1 else ''}" if isinstance(count, int) else "GPUs"
