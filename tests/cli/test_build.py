from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from argosy.cli import argosy
from tests.docker_engine import DockerEngine

CODE = "class Model:\n    def predict(self, input):\n        return input\n"


@pytest.fixture
def stack(tmp_path: Path) -> Path:
    (tmp_path / "echo").mkdir()
    (tmp_path / "echo" / "model.py").write_text(CODE)
    (tmp_path / "argosy.yaml").write_text("models:\n  echo: {code: ./echo}\n")
    return tmp_path


def test_a_dockerfile_is_printed_as_it_is_built(stack: Path) -> None:
    done = CliRunner().invoke(argosy, ["build", "--print", f"{stack}/echo"])
    assert done.exit_code == 0, done.output
    assert done.stdout == (stack / ".argosy" / "images" / "echo.r1" / "Dockerfile").read_text()


@pytest.mark.docker
def test_images_are_reported_as_a_table_and_as_json(
    stack: Path, docker_engine: DockerEngine
) -> None:
    (stack / "argosy.yaml").write_text(
        f"name: {docker_engine.name}\nmodels:\n  echo: {{code: ./echo, image: {{max_size: 1GB}}}}\n"
    )
    try:
        table = CliRunner().invoke(argosy, ["build", "--report", str(stack)])
        told = CliRunner().invoke(argosy, ["build", "--report", "--json", str(stack)])
        plain = CliRunner().invoke(argosy, ["build", "--json", str(stack)])
    finally:
        for line in docker_engine.docker("image", "ls", "--format={{json .}}").splitlines():
            if json.loads(line)["Repository"] == f"argosy/{docker_engine.name}-echo":
                docker_engine.docker("image", "rm", json.loads(line)["ID"])
    assert "of 1,000.0 MB allowed" in table.stdout
    (reported,) = json.loads(told.stdout)["images"]
    (built,) = json.loads(plain.stdout)["images"]
    assert (reported["budget"], reported["packages"]) == (10**9, [])
    assert [one["name"] for one in reported["layers"]][:3] == ["base", "/runner", "/environment"]
    assert built["size"] == reported["size"] == sum(one["size"] for one in built["layers"])
