"""Whether there are as many CPUs as replicas ask for."""

from __future__ import annotations

import os
from collections.abc import Sequence

from argosy.doctor.case import Case
from argosy.doctor.result import Result
from argosy.stack.model import Model

GROUP = "stack"

NAME = "CPUs"


async def check(case: Case) -> Sequence[Result]:
    """See `argosy.doctor.checks`."""
    if case.stack is None:
        return []
    count = case.daemon.told.get("NCPU") if case.uses_docker else None
    here = range(count) if count else _own()
    return judge(case.stack.models, frozenset(here), in_containers=case.uses_docker)


def judge(models: Sequence[Model], here: frozenset[int], *, in_containers: bool) -> list[Result]:
    """Docker refuses a container that asks for more; a process gets what there is."""
    results = []
    for model in models:
        cpus, cpuset = model.resources.cpus, model.resources.cpuset
        if cpus is not None and cpus > len(here):
            found = f"{model.name} asks for {cpus:g}, this machine has {len(here)}"
            why = (
                "Docker refuses to start it." if in_containers else "It gets all of them, no more."
            )
            mend = f"Lower models.{model.name}.resources.cpus."
            results.append(
                Result(NAME, "failure" if in_containers else "warning", found, why, mend)
            )
        if in_containers and cpuset and (absent := sorted(_numbers(cpuset) - here)):
            found = f"{model.name} asks for CPU {', '.join(map(str, absent))}, which is not here"
            mend = f"Correct models.{model.name}.resources.cpuset; `lscpu -e` lists them."
            results.append(Result(NAME, "failure", found, "Docker refuses to start it.", mend))
    return results or [_together(models, len(here))]


def _together(models: Sequence[Model], here: int) -> Result:
    wanted = sum(model.replicas * (model.resources.cpus or 0) for model in models)
    found = f"{wanted:g} asked for, {here} here"
    if wanted > here:
        return Result(NAME, "note", found, "Replicas share them when all are busy.")
    return Result(NAME, "ok", found)


def _numbers(cpuset: str) -> frozenset[int]:
    """The CPUs of a list like ``0-3,8`` (cpuset(7), List Format)."""
    numbers: set[int] = set()
    for part in cpuset.split(","):
        first, _, last = part.partition("-")
        numbers |= set(range(int(first), int(last or first) + 1))
    return frozenset(numbers)


def _own() -> Sequence[int]:
    if hasattr(os, "sched_getaffinity"):
        return sorted(os.sched_getaffinity(0))
    return range(os.cpu_count() or 1)
