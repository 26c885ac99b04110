from __future__ import annotations

from pathlib import Path

import pytest

from argosy.dockerfiles.parse import parse
from argosy.lint.project.groups import installed
from argosy.lint.project.image import Image
from argosy.lint.project.pyproject import PIPFILE, pipfile, pyproject

POETRY = """\
[tool.poetry.dependencies]
main = "*"
extra = {version = "*", optional = true}
[tool.poetry.extras]
more = ["extra"]
[tool.poetry.dev-dependencies]
dev = "*"
[tool.poetry.group.train.dependencies]
train = "*"
[tool.poetry.group.docs]
optional = true
[tool.poetry.group.docs.dependencies]
docs = "*"
"""
PROJECT = """\
[project]
dependencies = ["main"]
[project.optional-dependencies]
more = ["extra"]
[dependency-groups]
dev = ["dev"]
train = ["train"]
"""
PDM = """\
[project]
dependencies = ["main"]
[project.optional-dependencies]
more = ["extra"]
[dependency-groups]
dev = ["dev"]
[tool.pdm.dev-dependencies]
train = ["train"]
"""
OF_PIPENV = """\
[packages]
main = "*"
[dev-packages]
dev = "*"
[train]
train = "*"
"""


def taken(text: str, run: str, name: str = "pyproject.toml") -> str:
    dockerfile = parse(f"FROM python:3.12\n{run}\n", Path("Dockerfile"))
    (install,) = Image(dockerfile, dockerfile.final).installs
    project = (pipfile if name == PIPFILE else pyproject)(text, Path(name))
    return " ".join(one.name for one in installed(project, install, locked=True).packages)


@pytest.mark.parametrize(
    ("run", "names"),
    [
        ("poetry install", "main dev train"),
        ("poetry sync --no-interaction --no-root", "main dev train"),
        ("poetry install --only main", "main"),
        ("poetry install --only=main,train --no-root", "main train"),
        ("poetry -C /app install --without dev,train", "main"),
        ("poetry install --without dev --with docs", "main train docs"),
        ("poetry install --no-dev", "main train"),
        ("poetry install --all-groups -E more", "main dev train docs extra"),
        ("poetry install --only main --all-extras", "main extra"),
        ("poetry install --only-root", ""),
        ("poetry export -f requirements.txt -o r.txt", "main"),
        ("poetry export --with train --extras 'more other'", "main train extra"),
        ("pip install .", "main"),
        ("pip install '.[more]' 'uvicorn[dev]'", "main extra"),
    ],
)
def test_a_poetry_project_is_installed_as_its_flags_say(run: str, names: str) -> None:
    assert taken(POETRY, f"RUN {run}") == names


@pytest.mark.parametrize(
    ("run", "names"),
    [
        ("RUN uv sync", "main dev"),
        ("RUN uv sync --no-dev", "main"),
        ("RUN uv sync --no-default-groups", "main"),
        ("RUN uv sync --group train --no-group dev", "main train"),
        ("RUN uv sync --only-group train", "train"),
        ("RUN uv sync --only-dev", "dev"),
        ("RUN uv sync --all-groups --all-extras", "main dev train extra"),
        ("RUN uv sync --no-dev --extra more", "main extra"),
        ("RUN uv export --no-dev -o r.txt", "main"),
        ("RUN UV_NO_DEV=1 uv sync", "main"),
        ("ENV UV_NO_DEV=true\nRUN uv sync", "main"),
        ("ENV UV_NO_DEV=0\nRUN uv sync", "main dev"),
        ("RUN uv pip install -r pyproject.toml --extra more", "main extra"),
        ("RUN poetry install --without dev", "main train"),
    ],
)
def test_a_project_is_installed_as_uv_does(run: str, names: str) -> None:
    assert taken(PROJECT, run) == names


def test_default_groups_are_those_that_the_project_names() -> None:
    every = f'{PROJECT}[tool.uv]\ndefault-groups = "all"\n'
    assert taken(every, "RUN uv sync") == "main dev train"
    none = f"{PROJECT}[tool.uv]\ndefault-groups = []\n"
    assert taken(none, "RUN uv sync") == "main"


@pytest.mark.parametrize(
    ("run", "names"),
    [
        ("pdm install", "main dev train"),
        ("pdm sync --prod", "main"),
        ("pdm install --production --no-self", "main"),
        ("pdm install -G more", "main dev train extra"),
        ("pdm install -Gmore", "main dev train extra"),
        ("pdm install -G train", "main train"),
        ("pdm install -G more -G train", "main train extra"),
        ("pdm install --group=train,more", "main train extra"),
        ("pdm install --prod -G more", "main extra"),
        ("pdm install -G :all", "main dev train extra"),
        ("pdm install --no-default -G train", "train"),
        ("pdm install --without train", "main dev extra"),
        ("pdm install --without train,more", "main dev"),
        ("pdm export --prod -o r.txt", "main"),
        ("pip install .", "main"),
        ("uv sync --no-dev", "main"),
    ],
)
def test_a_project_is_installed_as_pdm_does(run: str, names: str) -> None:
    assert taken(PDM, f"RUN {run}") == names


@pytest.mark.parametrize(
    ("run", "names"),
    [
        ("pipenv install", "main"),
        ("pipenv install --system --deploy", "main"),
        ("pipenv sync --dev", "main dev"),
        ("pipenv install -d", "main dev"),
        ("pipenv sync --categories 'packages train'", "main train"),
        ("pipenv sync --categories=dev-packages,train", "dev train"),
        ("pipenv requirements", "main"),
        ("pipenv requirements --dev-only", "dev"),
    ],
)
def test_a_pipfile_is_installed_as_pipenv_does(run: str, names: str) -> None:
    assert taken(OF_PIPENV, f"RUN {run}", PIPFILE) == names
