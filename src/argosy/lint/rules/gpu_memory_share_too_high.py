"""An engine takes nearly all of a GPU's memory

Above 0.90 nothing is left for CUDA's contexts and for fragmentation.

Why:
    It runs out of memory under load, at lengths that nobody has tried, and cannot be reproduced on
    a quiet machine.

Example:
    command: --model org/model --gpu-memory-utilization 0.95

Instead:
    command: --model org/model --gpu-memory-utilization 0.90

Source:
    The checklist: 0.85 to 0.90; 0.95 and more fails under load.
"""

from __future__ import annotations

from collections.abc import Iterator

from argosy.lint.finding import At, Finding
from argosy.lint.mending import replaced
from argosy.lint.project.gpu_memory import memory_flag
from argosy.lint.project.project import Project

CODE = "AI209"
SEVERITY = "warning"
FIX = "safe"


def check(project: Project) -> Iterator[Finding]:
    """Flags of services, and ``gpu_memory`` in stack files."""
    limits = project.thresholds
    for service in project.services:
        flag = memory_flag(service)
        if (
            service.engine not in ("vllm", "sglang", "aphrodite")
            or flag is None
            or flag.number is None
        ):
            continue
        if flag.number > limits.gpu_memory_warning + 1e-9:
            place = flag.value_at
            can_edit = place is not None and place.end - place.start == len(flag.value)
            yield _found(
                flag.at, flag.number, limits.gpu_memory_error, service.name,
                place if can_edit else None,
            )  # fmt: skip
    for model in project.models:
        value = model.value.below(("resources", "gpu_memory"))
        try:
            share = float(value.text) if value is not None else 0.0
        except ValueError:
            continue
        if value is not None and limits.gpu_memory_warning + 1e-9 < share <= 1:
            at = model.value_at(value)
            yield _found(at, share, limits.gpu_memory_error, model.name, at)


def _found(at: At, share: float, error: float, name: str, place: At | None) -> Finding:
    return Finding(
        at,
        f"{share:g} of the GPU's memory leaves nothing for contexts and fragmentation",
        "Set 0.90 at most.",
        name,
        severity="error" if share >= error - 1e-9 else "warning",
        fix=replaced(place, "0.90") if place is not None else (),
    )
