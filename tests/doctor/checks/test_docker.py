from __future__ import annotations

from dataclasses import replace

import pytest

from argosy.doctor.checks import docker
from argosy.doctor.checks.docker import Standing, judge
from argosy.doctor.daemon import Daemon
from tests.docker_engine import DockerEngine
from tests.doctor.cases import case, daemon

DENIED = (
    "permission denied while trying to connect to the Docker daemon socket at"
    " unix:///var/run/docker.sock: dial unix /var/run/docker.sock: connect: permission denied"
)
DOWN = "Cannot connect to the Docker daemon at unix:///var/run/docker.sock."
LINA = Standing("lina")


def silent(problem: str, chosen_by: str = "", address: str = "unix:///x.sock") -> Daemon:
    return Daemon(True, problem=problem, address=address, chosen_by=chosen_by)


def test_without_the_client_docker_has_to_be_installed() -> None:
    (result,) = judge(Daemon(), LINA)
    assert (result.verdict, "get.docker.com" in result.mend) == ("failure", True)


def test_a_daemon_that_answers_is_shown_with_both_versions() -> None:
    (result,) = judge(daemon(), LINA)
    assert result.verdict == "ok"
    assert result.found == "28.5.2 at unix:///var/run/docker.sock, client 28.5.1"


def test_an_old_daemon_fails() -> None:
    (result,) = judge(daemon(ServerVersion="24.0.7"), LINA)
    assert (result.verdict, "25.0 is needed" in result.why) == ("failure", True)


def test_who_is_not_in_the_group_is_told_how_to_get_there() -> None:
    (result,) = judge(silent(DENIED), LINA)
    assert result.found == "lina may not use unix:///x.sock"
    assert result.mend == "sudo usermod -aG docker lina && newgrp docker"


def test_who_is_in_the_group_since_logging_in_needs_no_root() -> None:
    (result,) = judge(silent(DENIED), replace(LINA, is_member=True))
    assert result.mend == "newgrp docker"


def test_a_daemon_that_is_down_is_started() -> None:
    (result,) = judge(silent(DOWN), LINA)
    assert result.mend == "sudo systemctl start docker"
    (result,) = judge(silent(DOWN), replace(LINA, systemd=False, exists=False))
    assert result.mend == "sudo service docker start"
    assert "there is no such socket" in result.found


def test_a_daemon_that_hangs_is_restarted() -> None:
    (result,) = judge(silent("did not answer in 10 s"), LINA)
    assert result.mend == "sudo systemctl restart docker"


def test_a_wrong_docker_host_is_taken_back() -> None:
    (result,) = judge(silent(DOWN, "DOCKER_HOST"), LINA)
    assert (result.mend, result.found) == ("unset DOCKER_HOST", "nothing answers at unix:///x.sock")


def test_a_context_that_points_nowhere_is_left() -> None:
    (result,) = judge(silent(DOWN, "the context far"), LINA)
    assert (result.mend, "the context far" in result.why) == ("docker context use default", True)


def test_podman_is_not_docker() -> None:
    (result,) = judge(Daemon(True, {"host": {"arch": "amd64"}}), LINA)
    assert (result.verdict, result.found) == ("failure", "the command docker is Podman")


def test_windows_containers_are_no_use() -> None:
    (result,) = judge(daemon(OSType="windows"), LINA)
    assert result.verdict == "failure"


def test_rootless_is_worth_a_note() -> None:
    options = ["name=seccomp,profile=builtin", "name=rootless", "name=cgroupns"]
    first, second = judge(daemon(SecurityOptions=options), LINA)
    assert (first.verdict, second.verdict) == ("ok", "note")
    assert second.found == "the daemon runs without root"


@pytest.mark.docker
async def test_the_docker_of_this_machine_will_do(docker_engine: DockerEngine) -> None:
    from argosy.doctor import daemon as daemons

    results = await docker.check(case(docker=await daemons.look(30)))
    assert results[0].verdict == "ok"
