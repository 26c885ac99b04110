from __future__ import annotations

import pytest

from argosy.docker.command import Ended
from argosy.doctor.checks import docker_buildx
from argosy.doctor.checks.docker_buildx import judge
from tests.docker_engine import DockerEngine
from tests.doctor.cases import case, daemon


def test_a_recent_buildx_will_do() -> None:
    result = judge(Ended(0, "github.com/docker/buildx v0.12.1 30feaa1\n", ""))
    assert (result.verdict, result.found) == ("ok", "0.12.1")


def test_an_old_buildx_fails() -> None:
    result = judge(Ended(0, "github.com/docker/buildx v0.8.2 6224def\n", ""))
    assert (result.verdict, "SOURCE_DATE_EPOCH" in result.why) == ("failure", True)


def test_a_client_without_the_plugin_fails() -> None:
    assert judge(Ended(1, "", "docker: 'buildx' is not a docker command.")).verdict == "failure"


@pytest.mark.docker
async def test_the_buildx_of_this_machine_is_found(docker_engine: DockerEngine) -> None:
    (result,) = await docker_buildx.check(case(docker=daemon()))
    assert result.found in docker_engine.docker("buildx", "version")
