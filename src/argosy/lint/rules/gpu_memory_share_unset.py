"""vLLM takes its default share of a GPU's memory

Recent versions take 0.92, older ones 0.90: it changes with the image.

Why:
    Above 0.90 it runs out of memory under load, and a second service on the GPU does not start.

Example:
    command: --model org/model

Instead:
    command: --model org/model --gpu-memory-utilization 0.90

Source:
    vLLM, `config/cache.py`, gpu_memory_utilization.
"""

from __future__ import annotations

from collections.abc import Iterator

from argosy.lint.finding import Finding
from argosy.lint.mending import with_words
from argosy.lint.project.gpu_memory import memory_flag
from argosy.lint.project.project import Project
from argosy.lint.project.service import Service
from argosy.lint.rules.gpu_memory_share_by_variable import VARIABLE
from argosy.lint.rules.gpu_not_reserved import needs_gpu

CODE = "AI210"
SEVERITY = "warning"
FIX = "safe"

FLAG = "--gpu-memory-utilization 0.90"


def check(project: Project) -> Iterator[Finding]:
    """vLLM on a GPU without the flag."""
    for service in project.services:
        is_on_gpu = bool(service.gpus) or needs_gpu(service)
        if service.engine != "vllm" or not is_on_gpu or memory_flag(service) is not None:
            continue
        if _may_be_told(service):
            continue
        yield Finding(
            service.at_path("command"),
            f"`{service.name}` takes vLLM's default share of the GPU, 0.92 in recent versions",
            f"Add `{FLAG}`.",
            service.name,
            fix=with_words(service, FLAG),
        )


def _may_be_told(service: Service) -> bool:
    """In a variable that nobody knows here, a file of settings, a script, or in vain (AI211)."""
    command = service.command
    if "$" in command.text and command.flag("--model") is None:
        return True
    if command.flag("--config") is not None or "gpu-memory-utilization" in command.text:
        return True
    return any(VARIABLE.fullmatch(name) for name in service.environment)
