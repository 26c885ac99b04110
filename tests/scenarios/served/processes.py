"""The processes of a replica."""

from __future__ import annotations

from argosy.processes import ProcessIdentity
from tests.scenarios.stack import runs


def session(pid: int) -> list[int]:
    """The living processes of the session that a replica's runner leads."""
    return [one for one in ProcessIdentity.of(pid).session() if runs(one)]
