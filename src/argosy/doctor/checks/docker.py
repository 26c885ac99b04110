"""Docker's client and daemon: there, allowed, new enough; and whether it is rootless."""

from __future__ import annotations

import grp
import os
import pwd
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from argosy.doctor import versions
from argosy.doctor.case import Case
from argosy.doctor.daemon import INSTALL, Daemon
from argosy.doctor.result import Result
from argosy.doctor.versions import Least

GROUP = "docker"

NAME = "Docker"
LEAST = Least((25, 0, 0), "health checks have a start interval, which readiness relies on")
SYSTEMD = Path("/run/systemd/system")  # is there where systemd runs (sd_booted(3))


@dataclass(frozen=True)
class Standing:
    """How this process stands to the daemon's socket.

    ``user`` is its name. ``group`` owns the socket, ``is_member`` says whether the user is listed
    in it, and ``is_in_force`` whether this process already has its rights. ``exists``: the socket.
    """

    user: str = ""
    group: str = "docker"
    is_member: bool = False
    is_in_force: bool = False
    exists: bool = True
    systemd: bool = True


async def check(case: Case) -> Sequence[Result]:
    """See `argosy.doctor.checks`."""
    return judge(case.daemon, _standing(case.daemon))


def judge(daemon: Daemon, standing: Standing) -> list[Result]:
    """What the daemon said, or why it said nothing, and what mends that."""
    if not daemon.client:
        why = "The platform compose runs replicas as containers."
        return [Result(NAME, "failure", "there is no command docker on PATH", why, INSTALL)]
    if not daemon.answers:
        return [_silent(daemon, standing)]
    told = daemon.told
    if "ServerVersion" not in told:
        why = "Networks, limits and health checks of Podman differ; this is tested with Docker."
        return [Result(NAME, "failure", "the command docker is Podman", why, INSTALL)]
    if told.get("OSType", "linux") != "linux":
        why, mend = "Models run in Linux containers.", "Switch Docker Desktop to Linux containers."
        return [Result(NAME, "failure", f"it runs containers of {told['OSType']}", why, mend)]
    client = (told.get("ClientInfo") or {}).get("Version", "unknown")
    result = versions.judge(NAME, told["ServerVersion"], LEAST, INSTALL)
    found = f"{result.found} at {daemon.address}, client {client}"
    results = [Result(NAME, result.verdict, found, result.why, result.mend)]
    if daemon.is_rootless:
        why = "Limits hold as far as your own control groups reach; ports below 1024 are not yours."
        results.append(Result("Docker's rights", "note", "the daemon runs without root", why))
    return results


def _silent(daemon: Daemon, standing: Standing) -> Result:
    problem = daemon.problem
    if "permission denied" in problem.lower():
        return _refused(daemon, standing)
    if problem.startswith("did not answer"):
        why = "Something keeps it busy, or it hangs; its log says more."
        return Result(
            NAME, "failure", f"{daemon.address} {problem}", why, _start("restart", standing)
        )
    if daemon.chosen_by == "DOCKER_HOST":
        why = f"The variable DOCKER_HOST points there. Docker says: {problem}"
        return Result(
            NAME, "failure", f"nothing answers at {daemon.address}", why, "unset DOCKER_HOST"
        )
    if daemon.chosen_by:
        why = f"This is where {daemon.chosen_by} points. Docker says: {problem}"
        mend = "docker context use default"
        return Result(NAME, "failure", f"nothing answers at {daemon.address}", why, mend)
    gone = "" if standing.exists else " (there is no such socket)"
    found = f"the daemon does not answer at {daemon.address}{gone}"
    return Result(NAME, "failure", found, f"Docker says: {problem}", _start("start", standing))


def _refused(daemon: Daemon, standing: Standing) -> Result:
    """Who is in the group only since logging in does not have its rights yet."""
    found = f"{standing.user or 'this user'} may not use {daemon.address}"
    if standing.is_member and not standing.is_in_force:
        why = f"You are in the group {standing.group}, but have not logged in since."
        return Result(NAME, "failure", found, why, f"newgrp {standing.group}")
    why = f"Members of the group {standing.group} may, and are as good as root."
    mend = (
        f"sudo usermod -aG {standing.group} {standing.user or '$USER'} && newgrp {standing.group}"
    )
    return Result(NAME, "failure", found, why, mend)


def _start(verb: str, standing: Standing) -> str:
    if standing.systemd:
        return f"sudo systemctl {verb} docker"
    return f"sudo service docker {verb}"


def _standing(daemon: Daemon) -> Standing:
    user = _user()
    group, exists = "docker", True
    if daemon.is_local:
        try:
            status = Path(daemon.address.removeprefix("unix://")).stat()
        except FileNotFoundError:
            exists = False
        except OSError:
            pass
        else:
            group = _group(status.st_gid) or group
    try:
        entry = grp.getgrnam(group)
        is_member, is_in_force = user in entry.gr_mem, entry.gr_gid in os.getgroups()
    except KeyError:
        is_member = is_in_force = False
    if group == "root":  # a socket that only root may use; the group that Docker makes is meant
        group = "docker"
    return Standing(user, group, is_member, is_in_force, exists, SYSTEMD.is_dir())


def _user() -> str:
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:
        return ""


def _group(number: int) -> str:
    try:
        return grp.getgrgid(number).gr_name
    except KeyError:
        return ""
