"""Whether /dev/shm is large enough for models of several processes or GPUs."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from argosy.doctor.case import Case
from argosy.doctor.result import Result
from argosy.platforms import memory
from argosy.stack.model import Model

GROUP = "stack"

NAME = "Shared memory"
PLACE = Path("/dev/shm")  # noqa: S108  only looked at
LITTLE = 1 << 30  # bytes; what several processes of one model are given in a container
REMOUNT = "sudo mount -o remount,size=50% /dev/shm"


async def check(case: Case) -> Sequence[Result]:
    """See `argosy.doctor.checks`."""
    if case.stack is None:
        return []
    models = [model for model in case.stack.models if _shares(model)]
    if case.uses_docker:
        return judge_containers(models)
    try:
        free = shutil.disk_usage(PLACE).free
    except OSError:
        free = 0
    return [judge(models, free)] if models else []


def judge(models: Sequence[Model], free: int) -> Result:
    """Of the machine's own, which all processes share."""
    names = ", ".join(model.name for model in models)
    found = f"{memory.show(free)} free in {PLACE}"
    if free < LITTLE:
        why = f"{names}: several processes or GPUs exchange tensors there (PyTorch, NCCL)."
        return Result(NAME, "warning", found, why, REMOUNT)
    return Result(NAME, "ok", found)


def judge_containers(models: Sequence[Model]) -> list[Result]:
    """What lies there counts as memory of the container."""
    results = []
    for model in models:
        size, limit = model.resources.shm_size, model.resources.memory
        if size is not None and limit is not None and size >= limit:
            found = f"{model.name}: shm_size {memory.show(size)} of {memory.show(limit)} memory"
            why = "What lies in /dev/shm counts as memory: a full one ends the replica."
            mend = f"Raise models.{model.name}.resources.memory, or lower shm_size."
            results.append(Result(NAME, "warning", found, why, mend))
    return results


def _shares(model: Model) -> bool:
    resources = model.resources
    gpus = max(resources.gpus, len(resources.gpu_devices))
    return model.workers > 1 or gpus > 1 or resources.shm_size is not None
