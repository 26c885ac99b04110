from __future__ import annotations

from pathlib import Path

import pytest

from argosy.docker.command import docker, run
from argosy.errors import DockerFailed
from tests.docker_engine import DockerEngine


async def test_what_a_command_prints_is_its_answer(docker_engine: DockerEngine) -> None:
    assert (await docker("version", "--format", "{{.Server.Os}}")).strip() == "linux"


async def test_what_a_command_refuses_is_told_in_its_own_words(
    docker_engine: DockerEngine,
) -> None:
    with pytest.raises(DockerFailed) as caught:
        await docker("image", "inspect", f"{docker_engine.name}-none")
    assert "no such image" in str(caught.value).lower()


async def test_what_goes_wrong_is_said_line_by_line(docker_engine: DockerEngine) -> None:
    said: list[str] = []
    ended = await run("no-such-verb", say=said.append)
    assert ended.code != 0
    assert any("no-such-verb" in line for line in said)
    assert ended.errors == "\n".join(said)


async def test_a_machine_without_docker_is_told_how_to_get_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(DockerFailed) as caught:
        await docker("version")
    assert str(caught.value).startswith("the command docker is not on PATH. Install Docker Engine")
