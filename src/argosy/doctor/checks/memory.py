"""Whether the memory that replicas may use is there."""

from __future__ import annotations

from collections.abc import Sequence

from argosy import find
from argosy.doctor.case import Case
from argosy.doctor.result import Result
from argosy.gateway import machine
from argosy.platforms import memory
from argosy.stack.model import Stack

GROUP = "stack"

NAME = "Memory"


async def check(case: Case) -> Sequence[Result]:
    """See `argosy.doctor.checks`."""
    if case.stack is None or (case.uses_docker and not case.daemon.is_local):
        return []
    runs = case.stack.file in find.run_folders()
    return judge(case.stack, memory.available(), machine.memory(), runs=runs)


def judge(stack: Stack, available: int | None, whole: int, *, runs: bool) -> list[Result]:
    """``whole`` are the bytes of the machine, or of the container that this is.

    Of a stack that ``runs``, what is in use is no longer available, and was counted before.
    """
    results = []
    for model in stack.models:
        limit = model.resources.memory
        if limit is not None and limit > whole:
            found = (
                f"{model.name} may use {memory.show(limit)}, there are {memory.show(whole)} in all"
            )
            mend = f"Lower models.{model.name}.resources.memory."
            results.append(
                Result(NAME, "failure", found, "It would be killed long before that.", mend)
            )
    return results or [_together(stack, available, runs=runs)]


def _together(stack: Stack, available: int | None, *, runs: bool) -> Result:
    needed = sum(memory.needed(model, model.replicas) for model in stack.models)
    count = sum(model.replicas for model in stack.models)
    found = f"{count} replicas may use {memory.show(needed)}"
    if runs:
        return Result(NAME, "ok", f"{found}; the stack runs already")
    if available is None:
        return Result(NAME, "note", f"{found}; this system does not say how much is available")
    found = f"{found}, {memory.show(available)} is available"
    unlimited = [model.name for model in stack.models if model.resources.memory is None]
    if needed > available:
        mend = "Lower resources.memory or replicas, or stop something."
        return Result(NAME, "failure", found, "`argosy up` would refuse to start.", mend)
    if unlimited:
        shown = ", ".join(unlimited)
        why = f"No limit is set for {shown}, which may use more than is counted here."
        mend = f"Set models.{unlimited[0]}.resources.memory."
        return Result(NAME, "note", found, why, mend)
    return Result(NAME, "ok", found)
