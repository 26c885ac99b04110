from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from argosy.lint.project.project import Project, clean
from argosy.lint.project.reading import read
from tests.lint.files import write

DOCKERFILE = "FROM vllm/vllm-openai:v0.11.0\nCMD --model a/b\n"


def project(folder: Path, files: Mapping[str, str | bytes]) -> Project:
    write(folder, files)
    return read([folder])


def test_an_image_and_the_services_that_are_built_from_it_know_each_other(tmp_path: Path) -> None:
    text = (
        "services:\n  a:\n    build: .\n    gpus: all\n  b:\n    build: .\n  c:\n    image: nginx\n"
    )
    found = project(tmp_path, {"compose.yaml": text, "Dockerfile": DOCKERFILE})
    (image,) = found.images
    assert [one.name for one in found.services_of(image)] == ["a", "b"]
    assert [one.name for one in found.services_in(found.compose[0])] == ["a", "b"]
    assert [one.name for one in found.all_services_in(found.compose[0])] == ["a", "b", "c"]
    assert found.wants_gpu(image) is True


@pytest.mark.parametrize(
    ("below", "runs_command", "runs_entrypoint"),
    [
        ("restart: always", True, True),
        ("command: other", False, True),
        ("entrypoint: other", False, False),
    ],
)
def test_a_service_may_run_something_else_than_its_image_says(
    tmp_path: Path, below: str, runs_command: bool, runs_entrypoint: bool
) -> None:
    text = f"services:\n  a:\n    build: .\n    {below}\n"
    found = project(tmp_path, {"compose.yaml": text, "Dockerfile": DOCKERFILE})
    (image,) = found.images
    assert found.runs_itself(image, "CMD") is runs_command
    assert found.runs_itself(image, "ENTRYPOINT") is runs_entrypoint


def test_of_an_image_that_no_service_builds_nobody_says_whether_it_gets_gpus(
    tmp_path: Path,
) -> None:
    found = project(tmp_path, {"Dockerfile": DOCKERFILE})
    (image,) = found.images
    assert (found.services_of(image), found.wants_gpu(image)) == ((), None)
    assert found.runs_itself(image, "CMD")


def test_requirements_know_the_images_that_install_them(tmp_path: Path) -> None:
    install = "FROM python:3.12\nCOPY requirements.txt .\nRUN pip install -r requirements.txt\n"
    files = {"Dockerfile": install, "requirements.txt": "torch==2.8.0\n"}
    found = project(tmp_path, files)
    assert found.images_from(tmp_path / "requirements.txt") == found.images
    assert found.images_from(tmp_path / "gone.txt") == ()


def test_what_monitoring_mounts_is_its_configuration_and_nothing_beside_it(tmp_path: Path) -> None:
    found = project(
        tmp_path,
        {
            "compose.yaml": """
                services:
                  p:
                    image: prom/prometheus:v3.0.0
                    volumes: ["./conf:/etc/prometheus", "data:/data", "../../../gone:/x"]
                """,
            "conf/prometheus.yml": "scrape_configs: []\n",
            "conf/rules/a.yml": "groups: []\n",
            "conf/bad.yml": b"\xff",
            "confused/a.yml": "groups: []\n",
        },
    )
    names = [
        one.file.relative_to(tmp_path).as_posix() for one in found.monitoring_of(found.compose[0])
    ]
    assert names == ["conf/prometheus.yml", "conf/rules/a.yml"]


@pytest.mark.parametrize(
    ("path", "is_found"),
    [("/m", True), ("/m/", True), ("/m/b", True), ("/mb", False), ("/other", False), ("", False)],
)
def test_a_checkpoint_that_is_mounted_has_its_configuration(
    tmp_path: Path, path: str, is_found: bool
) -> None:
    image = "vllm/vllm-openai:v0.11.0"
    text = f"services:\n  llm:\n    image: {image}\n    volumes: ['./w:/m:ro']\n"
    files = {"compose.yaml": text, "w/config.json": "{}", "w/b/config.json": "{}"}
    found = project(tmp_path, files)
    config = found.config_of(found.services[0], path)
    assert config == ("{}" if is_found else None)


@pytest.mark.parametrize(
    ("path", "cleaned"), [("a/../b", "b"), ("./a//b/.", "a/b"), ("../a", "../a"), ("", ".")]
)
def test_one_file_has_one_name(path: str, cleaned: str) -> None:
    assert clean(Path(path)) == Path(cleaned)
