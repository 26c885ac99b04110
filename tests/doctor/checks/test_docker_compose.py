from __future__ import annotations

import pytest

from argosy.docker.command import Ended
from argosy.doctor.checks import docker_compose
from argosy.doctor.checks.docker_compose import judge
from tests.docker_engine import DockerEngine
from tests.doctor.cases import case, daemon

ABSENT = "docker: 'compose' is not a docker command.\nSee 'docker --help'"


def test_a_recent_compose_will_do() -> None:
    assert judge(Ended(0, "2.40.3-3\n", "")).verdict == "ok"
    assert judge(Ended(0, "v5.0.1\n", "")).verdict == "ok"


def test_an_old_compose_fails() -> None:
    result = judge(Ended(0, "2.20.2\n", ""))
    assert (result.verdict, "start_interval" in result.why) == ("failure", True)


def test_what_lacks_only_providers_is_a_note() -> None:
    result = judge(Ended(0, "2.29.7\n", ""))
    assert (result.verdict, "2.36" in result.why) == ("note", True)


def test_a_client_without_the_plugin_fails_in_its_own_words() -> None:
    result = judge(Ended(1, "", ABSENT))
    assert result.found == "the client has no plugin compose"
    assert "'compose' is not a docker command." in result.why


@pytest.mark.docker
async def test_the_compose_of_this_machine_is_found(docker_engine: DockerEngine) -> None:
    (result,) = await docker_compose.check(case(docker=daemon()))
    assert result.verdict == "ok"
    assert result.found in docker_engine.docker("compose", "version")


async def test_without_the_client_there_is_nothing_to_ask() -> None:
    assert await docker_compose.check(case()) == []
