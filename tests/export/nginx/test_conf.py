"""What nginx says of its configuration; how it answers is in `tests/export/`."""

from __future__ import annotations

from pathlib import Path

import pytest

from argosy.export.nginx import conf
from argosy.export.routing import routing
from argosy.export.write import texts
from tests.docker_engine import DockerEngine
from tests.export.stacks import EVERYTHING, SMALL, content, declare

PLAIN = "models:\n  one: {code: ./code}\n"


@pytest.mark.docker
@pytest.mark.parametrize("text", [PLAIN, SMALL, EVERYTHING])
def test_nginx_takes_it(tmp_path: Path, docker_engine: DockerEngine, text: str) -> None:
    stack = declare(tmp_path, text)
    secrets = tmp_path / "secrets"
    secrets.mkdir()
    (secrets / "keys").write_text("0123 me;\n")
    for name in (conf.CERTIFICATE, conf.CERTIFICATE_KEY):
        (tmp_path / name).rename(secrets / name)
    for path, written in texts(content(stack)).items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(written)
    docker_engine.docker(
        "run", "--rm", "--network=none", "--read-only", "--tmpfs=/tmp",
        f"--volume={tmp_path}/nginx:{conf.FOLDER}:ro", f"--volume={secrets}:/run/secrets:ro",
        conf.IMAGE, "nginx", "-t", "-c", f"{conf.FOLDER}/nginx.conf",
    )  # fmt: skip


def test_a_host_of_a_models_own_keeps_its_health_to_callers_with_a_key(tmp_path: Path) -> None:
    servers = conf.main(routing(declare(tmp_path, EVERYTHING))).split("    server {")[1:]
    refusals = {
        one.split("server_name ")[1].split(";")[0]: "if ($refused)" in one for one in servers[:-1]
    }
    assert refusals == {"_": True, "*.example.com": True, "digits.example.com": False}
