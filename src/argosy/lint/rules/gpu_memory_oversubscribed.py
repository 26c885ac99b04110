"""Services take more of a GPU than there is

The shares of its memory that they are told to take add up to more than 1.

Why:
    Each engine reserves its share at the start: the last one to start ends with "out of memory",
    and which one that is differs from start to start. Above 0.90 nothing is left for contexts.

Example:
    a: {command: --model a --gpu-memory-utilization 0.6}
    b: {command: --model b --gpu-memory-utilization 0.6}    # both on GPU 0

Instead:
    a: {command: --model a --gpu-memory-utilization 0.45}
    b: {command: --model b --gpu-memory-utilization 0.45}

Source:
    vLLM documentation, engine arguments: the share is of the whole GPU, per instance.
"""

from __future__ import annotations

from collections.abc import Iterator

from argosy.lint.finding import Finding
from argosy.lint.project.gpu_memory import gpu_ids, memory_flag, memory_share
from argosy.lint.project.project import Project
from argosy.lint.project.service import Service, run_together

CODE = "AI208"
SEVERITY = "error"


def check(project: Project) -> Iterator[Finding]:
    """The services of one set of Compose files, GPU by GPU; one finding for each service."""
    for compose in project.compose:
        shares = {
            service.name: (service, share)
            for service in project.services_in(compose)
            if (share := memory_share(service)) is not None and service.gpus
        }
        for name, (service, share) in shares.items():
            beside = [
                (other, taken)
                for other, taken in shares.values()
                if other.name != name and _meet(service, other) and run_together(service, other)
            ]
            total = share + sum(taken for _, taken in beside)
            if not beside or total <= project.thresholds.gpu_memory_warning + 1e-9:
                continue
            names = ", ".join(f"`{other.name}`" for other, _ in beside)
            flag = memory_flag(service)
            yield Finding(
                flag.at if flag is not None else service.at,
                f"`{name}` and {names} take {total:.2f} of one GPU's memory",
                "Let the shares add up to 0.90 at most, or give each its own GPU by `device_ids`.",
                name,
                severity="error" if total > 1 + 1e-9 else "warning",
            )


def _meet(one: Service, other: Service) -> bool:
    first, second = gpu_ids(one), gpu_ids(other)
    return first is None or second is None or bool(set(first) & set(second))
