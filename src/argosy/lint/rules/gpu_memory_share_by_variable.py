"""A share of a GPU's memory is set where nobody reads it

vLLM takes it as a flag. An environment variable of that name does nothing, silently.

Why:
    Who set 0.85 gets 0.92.

Example:
    environment: [GPU_MEMORY_UTILIZATION=0.85]

Instead:
    command: --model org/model --gpu-memory-utilization 0.85

Source:
    vLLM documentation, environment variables: the share is not among them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from argosy.edits import Edit
from argosy.lint.finding import Finding
from argosy.lint.mending import removed, with_words
from argosy.lint.project.gpu_memory import memory_flag
from argosy.lint.project.project import Project
from argosy.lint.project.service import Service
from argosy.lint.project.service_parts import Variable

CODE = "AI211"
SEVERITY = "error"
FIX = "unsafe"

VARIABLE = re.compile(r"(VLLM_)?GPU_MEM(ORY)?_UTILI[SZ]ATION")


def check(project: Project) -> Iterator[Finding]:
    """Services of vLLM whose command does not use the variable itself."""
    for service in project.services:
        if service.engine != "vllm":
            continue
        for variable in service.environment.values():
            if not VARIABLE.fullmatch(variable.name):
                continue
            if not re.search(rf"\$\$?\{{?{variable.name}\b", _written(service)):
                yield Finding(
                    variable.at,
                    f"vLLM does not read `{variable.name}`",
                    "Pass it as `--gpu-memory-utilization`.",
                    service.name,
                    fix=_fix(service, variable),
                )


def _written(service: Service) -> str:
    values = [service.value.below((key,)) for key in ("command", "entrypoint")]
    return " ".join(service.written(one) for one in values if one is not None)


def _fix(service: Service, variable: Variable) -> tuple[Edit, ...]:
    value = service.value.below(("environment",))
    if value is None or not value.mapping or len(value.mapping) < 2 or not variable.value:
        return ()
    gone = removed(service, "environment", variable.name)
    if memory_flag(service) is not None or not gone:
        return gone
    added = with_words(service, f"--gpu-memory-utilization {variable.value}")
    return (*gone, *added) if added else ()
