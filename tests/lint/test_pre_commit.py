from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from argosy.lint.project.discovery import kind_of
from argosy.lint.project.folder import Folders
from tests.lint.files import write

REPOSITORY = Path(__file__).parents[2]
HOOKS: list[dict[str, Any]] = YAML(typ="safe").load(REPOSITORY / ".pre-commit-hooks.yaml")
COMPOSE = "services:\n  llm:\n    image: vllm/vllm-openai:v0.11.0\n"


def takes(hook: dict[str, Any], name: str) -> bool:
    """As pre-commit decides it: `files` and `exclude` are searched for in the path."""
    return bool(re.search(hook["files"], name)) and not re.search(hook["exclude"], name)


@pytest.mark.parametrize("hook", HOOKS, ids=[one["id"] for one in HOOKS])
@pytest.mark.parametrize(
    "name",
    [
        "Dockerfile", "a/Dockerfile.gpu", "gpu.Dockerfile", "x.dockerfile", "Containerfile",
        "compose.yaml", "a/docker-compose.yml", "compose.override.yml", "docker-compose-gpu.yaml",
        "argosy.yaml", "requirements.txt", "a/requirements-gpu.txt",
        "a/environment.yml", "conda-gpu.yaml",
    ],
)  # fmt: skip
def test_a_hook_takes_what_the_linter_looks_at(hook: dict[str, Any], name: str) -> None:
    assert takes(hook, name)
    text = f"{COMPOSE}dependencies: [torch]\n"
    assert kind_of(Path(name), Folders({Path(name): text})) is not None


@pytest.mark.parametrize("hook", HOOKS, ids=[one["id"] for one in HOOKS])
@pytest.mark.parametrize(
    "name", ["composer.yaml", "app.py", "a/Dockerfile.dockerignore", "README.md", "values.yaml"]
)
def test_a_hook_leaves_the_rest(hook: dict[str, Any], name: str) -> None:
    assert not takes(hook, name)


@pytest.mark.parametrize("hook", HOOKS, ids=[one["id"] for one in HOOKS])
def test_what_a_hook_runs_takes_names_of_files(hook: dict[str, Any], tmp_path: Path) -> None:
    write(tmp_path, {"compose.yaml": COMPOSE, "Dockerfile": "FROM scratch\n"})
    program, *arguments = shlex.split(hook["entry"])
    assert program == "argosy"
    done = subprocess.run(
        [
            sys.executable,
            "-m",
            "argosy",
            *arguments,
            "--select=AI205",
            "compose.yaml",
            "Dockerfile",
        ],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1, done.stderr
    assert "compose.yaml:2:3  error AI205" in done.stdout
