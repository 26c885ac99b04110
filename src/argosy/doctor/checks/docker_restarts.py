"""Whether containers live on while Docker's daemon is restarted or upgraded."""

from __future__ import annotations

from collections.abc import Sequence

from argosy.doctor.case import Case
from argosy.doctor.daemon import Daemon
from argosy.doctor.result import Result

GROUP = "docker"

NAME = "Restart of the daemon"
SETTINGS = "/etc/docker/daemon.json"


async def check(case: Case) -> Sequence[Result]:
    """See `argosy.doctor.checks`."""
    return judge(case.daemon)


def judge(daemon: Daemon) -> list[Result]:
    """`live-restore` is off unless somebody has asked for it."""
    if not daemon.answers or "LiveRestoreEnabled" not in daemon.told:
        return []
    if daemon.told["LiveRestoreEnabled"]:
        return [Result(NAME, "ok", "containers live on (live-restore)")]
    why = "They are started again afterwards, and load their weights again."
    mend = f'Put "live-restore": true in {SETTINGS}, then: sudo systemctl reload docker'
    return [Result(NAME, "note", "ends all containers (live-restore is off)", why, mend)]
