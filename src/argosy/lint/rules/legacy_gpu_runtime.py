"""GPUs are asked for by `runtime: nvidia`

That is how it was before Compose v2. It hands out GPUs by an environment variable, all by default.

Why:
    It works only where the daemon has that runtime configured, and it neither counts nor reserves:
    two services get the same GPU. With CDI, Docker's new default, the runtime may be missing.

Example:
    runtime: nvidia
    environment: [NVIDIA_VISIBLE_DEVICES=all]

Instead:
    deploy:
      resources:
        reservations:
          devices:
            - driver: nvidia
              count: 1
              capabilities: [gpu]

Source:
    Docker documentation, enable GPU support in Compose.
"""

from __future__ import annotations

from collections.abc import Iterator

from argosy.edits import Edit
from argosy.lint.finding import Finding
from argosy.lint.mending import removed, set_in
from argosy.lint.project.project import Project
from argosy.lint.project.service import Service

CODE = "AI206"
SEVERITY = "warning"
FIX = "safe"


def check(project: Project) -> Iterator[Finding]:
    """``runtime: nvidia``, also beside a reservation."""
    for service in project.services:
        if service.text("runtime") == "nvidia":
            yield Finding(
                service.at_path("runtime"),
                "`runtime: nvidia` is the way from before Compose v2",
                "Reserve GPUs by `deploy.resources.reservations.devices` alone.",
                service.name,
                fix=_fix(service),
            )


def _fix(service: Service) -> tuple[Edit, ...]:
    gone = removed(service, "runtime")
    asked = [one for one in service.gpus if one.form != "runtime"]
    if asked or not gone:
        return gone
    request = service.gpus[0]
    if request.count == 0:
        return ()
    which = f"count: {request.count}" if not request.ids else f"device_ids: {_listed(request.ids)}"
    block = f"- driver: nvidia\n  {which}\n  capabilities: [gpu]"
    added = set_in(service, ("deploy", "resources", "reservations", "devices"), block)
    return (*gone, *added) if added else ()


def _listed(ids: tuple[str, ...]) -> str:
    return "[" + ", ".join(f'"{one.strip()}"' for one in ids) + "]"
