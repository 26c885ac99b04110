from __future__ import annotations

import json
from pathlib import Path

import pytest

from argosy.docker.command import Ended
from argosy.doctor import daemon
from tests.docker_engine import DockerEngine
from tests.doctor.cases import TOLD

DOWN = "Cannot connect to the Docker daemon at unix:///x.sock. Is the docker daemon running?"
EMPTY = {"ServerVersion": "", "MemoryLimit": False, "ClientInfo": {"Version": "28.2.2"}}


def test_what_the_daemon_told_is_kept() -> None:
    told, problem = daemon.read(Ended(0, json.dumps(TOLD), ""))
    assert (told["ServerVersion"], problem) == ("28.5.2", "")


@pytest.mark.parametrize(
    "ended",
    [
        pytest.param(Ended(1, json.dumps(EMPTY), DOWN), id="28: an empty object, the reason apart"),
        pytest.param(
            Ended(0, json.dumps({**EMPTY, "ServerErrors": [DOWN]}), ""), id="20: exit code 0"
        ),
        pytest.param(Ended(1, "", DOWN), id="words alone"),
    ],
)
def test_a_daemon_that_is_down_is_known_whatever_the_client_prints(ended: Ended) -> None:
    assert daemon.read(ended) == ({}, DOWN)


@pytest.mark.parametrize("output", ["[]", "null", "no json", ""])
def test_an_odd_answer_is_a_problem_and_no_fault(output: str) -> None:
    told, problem = daemon.read(Ended(1, output, ""))
    assert (told, bool(problem)) == ({}, True)


@pytest.mark.docker
async def test_the_daemon_of_this_machine_answers(docker_engine: DockerEngine) -> None:
    found = await daemon.look(30)
    assert found.answers
    assert found.told["ServerVersion"] in docker_engine.docker("version")


@pytest.mark.docker
async def test_docker_host_says_where_it_is(docker_engine: DockerEngine, tmp_path: Path) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DOCKER_HOST", f"unix://{tmp_path}/none.sock")
        found = await daemon.look(30)
    assert (found.answers, found.chosen_by) == (False, "DOCKER_HOST")
    assert "Is the docker daemon running" in found.problem


async def test_without_the_command_there_is_no_client(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert not (await daemon.look(30)).client


async def test_a_client_that_hangs_is_given_up(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    hanging = tmp_path / "docker"
    hanging.write_text("#!/bin/sh\nexec sleep 600\n")
    hanging.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    found = await daemon.look(0.2)
    assert (found.client, found.answers, found.problem) == (True, False, "did not answer in 0.2 s")
