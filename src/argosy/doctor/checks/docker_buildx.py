"""BuildKit and its plugin buildx, with which images are built."""

from __future__ import annotations

from collections.abc import Sequence

from argosy.docker import command
from argosy.docker.command import Ended
from argosy.doctor import versions
from argosy.doctor.case import Case
from argosy.doctor.daemon import INSTALL
from argosy.doctor.result import Result
from argosy.doctor.versions import Least

GROUP = "docker"

NAME = "Docker Buildx"
LEAST = Least((0, 10, 0), "an image's digest is reproducible with SOURCE_DATE_EPOCH since then")


async def check(case: Case) -> Sequence[Result]:
    """See `argosy.doctor.checks`."""
    if not case.daemon.client:
        return []
    return [judge(await command.run("buildx", "version"))]


def judge(ended: Ended) -> Result:
    """``github.com/docker/buildx v0.12.1 30feaa1`` is its version."""
    if ended.code:
        why = (
            "Without it images are built without BuildKit: no cache mounts, no secrets, and slowly."
        )
        return Result(NAME, "failure", "the client has no plugin buildx", why, INSTALL)
    return versions.judge(NAME, ended.output, LEAST, INSTALL)
