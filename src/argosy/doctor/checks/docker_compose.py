"""Docker Compose as a plugin of the client, new enough for the files that are written for it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from argosy.docker import command
from argosy.docker.command import Ended
from argosy.doctor import versions
from argosy.doctor.case import Case
from argosy.doctor.daemon import INSTALL
from argosy.doctor.result import Result
from argosy.doctor.versions import Least

GROUP = "docker"

NAME = "Docker Compose"
LEAST = Least((2, 24, 0), "older ones refuse a health check's start_interval")
PROVIDER = Least((2, 36, 0), "`provider: {type: argosy}` in a Compose file of your own needs it")


async def check(case: Case) -> Sequence[Result]:
    """See `argosy.doctor.checks`."""
    if not case.daemon.client:
        return []
    return [judge(await command.run("compose", "version", "--short"))]


def judge(ended: Ended) -> Result:
    """Without the plugin the client does not know the command, in words that differ by version."""
    if ended.code:
        said = (ended.errors.strip() or ended.output.strip()).partition("\n")[0]
        why = (
            f"`docker compose` is needed, not the older program docker-compose. Docker says: {said}"
        )
        return Result(NAME, "failure", "the client has no plugin compose", why, INSTALL)
    result = versions.judge(NAME, ended.output, LEAST, INSTALL)
    version = versions.read(ended.output)
    if result.verdict == "ok" and version is not None and version < PROVIDER.version:
        why = f"Enough, but {PROVIDER.why}: {versions.show(PROVIDER.version)}."
        return replace(result, verdict="note", why=why)
    return result
