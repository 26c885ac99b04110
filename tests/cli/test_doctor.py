from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.docker_engine import DockerEngine
from tests.ports import free_address

NOBODY = 65534
# Reads what it likes, so that it can run our Python wherever that lies; writes what nobody may.
AS_NOBODY = (
    "setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups",
    "--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search",
)  # fmt: skip


def doctor(
    *arguments: str,
    folder: Path,
    before: tuple[str, ...] = (),
    environment: Mapping[str, str] | None = None,
) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*before, sys.executable, "-m", "argosy", "doctor", *arguments],
        cwd=folder,
        env={**os.environ, **(environment or {})},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def results(done: subprocess.CompletedProcess[str]) -> dict[str, dict[str, Any]]:
    """What `--json` printed, by the names of the results."""
    report = json.loads(done.stdout)
    return {one["name"]: one for group in report["groups"] for one in group["results"]}


def write(folder: Path, platform: str = "process", listen: str = "", memory: str = "64MiB") -> None:
    (folder / "argosy.yaml").write_text(
        f"platform: {platform}\n"
        "models:\n"
        f"  echo: {{engine: command, command: [cat], resources: {{memory: {memory}}}}}\n"
        f"gateway: {{listen: '{listen or free_address()}'}}\n"
    )


def test_a_stack_that_this_machine_can_run_ends_with_0(tmp_path: Path) -> None:
    write(tmp_path)
    done = doctor(folder=tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "✓ ok" in done.stdout
    assert "for this stack" in done.stdout.splitlines()[-1]


def test_without_a_stack_the_machine_is_looked_at(tmp_path: Path) -> None:
    done = doctor(folder=tmp_path)
    assert done.returncode == 0
    assert "for this machine" in done.stdout.splitlines()[-1]


def test_a_taken_port_and_too_much_memory_end_with_1(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        write(tmp_path, listen=f"127.0.0.1:{taken.getsockname()[1]}", memory="900TB")
        done = doctor("--json", folder=tmp_path)
    assert done.returncode == 1
    found = results(done)
    assert (found["Ports"]["verdict"], found["Memory"]["verdict"]) == ("failure", "failure")
    assert json.loads(done.stdout)["verdict"] == "failure"


def test_a_stack_that_is_not_there_is_misuse(tmp_path: Path) -> None:
    done = doctor("nowhere", folder=tmp_path)
    assert (done.returncode, "no such file or folder" in done.stderr) == (2, True)


@pytest.mark.docker
def test_the_versions_of_docker_are_found(docker_engine: DockerEngine, tmp_path: Path) -> None:
    write(tmp_path, platform="compose")
    found = results(doctor("--json", folder=tmp_path))
    versions = docker_engine.docker("version", "--format", "{{.Server.Version}}")
    assert found["Docker"]["found"].split()[0] in versions
    for name in ("Docker", "Docker Compose", "Docker Buildx", "Limits of containers"):
        assert found[name]["verdict"] == "ok"


@pytest.mark.docker
def test_a_socket_that_does_not_exist_fails_with_what_mends_it(
    docker_engine: DockerEngine, tmp_path: Path
) -> None:
    write(tmp_path, platform="compose")
    host = {"DOCKER_HOST": f"unix://{tmp_path}/none.sock"}
    done = doctor("--json", folder=tmp_path, environment=host)
    found = results(done)["Docker"]
    assert (done.returncode, found["verdict"]) == (1, "failure")
    assert found["mend"] == "unset DOCKER_HOST"


@pytest.mark.docker
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")
def test_who_may_not_use_the_socket_is_told_how_to(
    docker_engine: DockerEngine, own_folders: Path, tmp_path: Path
) -> None:
    assert shutil.which("setpriv"), "setpriv is not on PATH: apt-get install util-linux"
    write(tmp_path, platform="compose")
    home = own_folders / "home"
    home.mkdir()
    own_folders.chmod(0o755)
    shutil.chown(home, NOBODY)
    environment = {"HOME": str(home), "ARGOSY_HOME": str(home), "ARGOSY_RUN_DIR": f"{home}/run"}
    done = doctor("--json", folder=tmp_path, before=AS_NOBODY, environment=environment)
    found = results(done)["Docker"]
    assert (done.returncode, found["verdict"]) == (1, "failure")
    assert "may not use unix:///var/run/docker.sock" in found["found"]
    assert found["mend"].startswith("sudo usermod -aG docker ")
