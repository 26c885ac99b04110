"""Whether the paths of the stack's sockets are short enough for the system."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from argosy import find
from argosy.doctor.case import Case
from argosy.doctor.result import Result

GROUP = "machine"

NAME = "Paths of sockets"
STACK = "0" * 8  # the run folder of a stack is named by so many digits
REPLICA = ".r9999.99/s"  # of a long-lived model of many replicas, after its name
SHORTEST = "supervisor"
MOVE = 'export ARGOSY_RUN_DIR="/tmp/argosy-$(id -u)"'


async def check(case: Case) -> Sequence[Result]:
    """See `argosy.doctor.checks`."""
    names = [model.name for model in case.stack.models] if case.stack else []
    return [judge(find.run_root(), names)]


def judge(root: Path, model_names: Sequence[str]) -> Result:
    """The longest path that the stack will have below the folder ``root``."""
    files = [SHORTEST, *(f"{name}{REPLICA}" for name in model_names)]
    longest = max((len(os.fsencode(root / STACK / file)) for file in files), default=0)
    found = f"{longest} bytes of {find.LONGEST_SOCKET} in {root}"
    if longest > find.LONGEST_SOCKET:
        return Result(NAME, "failure", found, "The system refuses longer paths (unix(7)).", MOVE)
    return Result(NAME, "ok", found)
