"""How many files a process may have open, which bounds the gateway's connections."""

from __future__ import annotations

from collections.abc import Sequence

from argosy.doctor.case import Case
from argosy.doctor.result import Result
from argosy.gateway import machine
from argosy.gateway.resources.ceilings import FILES_PER_CONNECTION, OWN_FILES, ceilings

GROUP = "machine"

NAME = "Open files"
FEW = 1000  # connections
RAISE = (
    "printf '* hard nofile 65536\\nroot hard nofile 65536\\n'"
    " | sudo tee /etc/security/limits.d/argosy.conf  # then log in again"
)


async def check(case: Case) -> Sequence[Result]:
    """See `argosy.doctor.checks`."""
    wanted = case.stack.gateway.max_connections if case.stack else None
    return [judge(machine.open_files(), wanted)]


def judge(files: int, max_connections: int | None) -> Result:
    """``max_connections`` is what the stack file says of the gateway."""
    fitting = ceilings(None, files, 0).connections
    found = f"{files:,} in a process: {fitting:,} connections at the gateway"
    if max_connections and OWN_FILES + FILES_PER_CONNECTION * max_connections > files:
        why = f"gateway.max_connections is {max_connections:,}: callers would be hung up on."
        return Result(NAME, "failure", found, why, RAISE)
    if max_connections is None and fitting < FEW:
        return Result(NAME, "warning", found, "Callers beyond that are hung up on.", RAISE)
    return Result(NAME, "ok", found)
