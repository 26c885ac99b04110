from __future__ import annotations

from pathlib import Path

import pytest

from argosy.dockerfiles.parse import parse
from argosy.lint.project.image import Image
from argosy.lint.project.install import Install, system_packages


def installs(run: str) -> tuple[Install, ...]:
    dockerfile = parse(f"FROM python:3.12\nRUN {run}\n", Path("Dockerfile"))
    return Image(dockerfile, dockerfile.final).installs


@pytest.mark.parametrize(
    ("run", "tool", "packages", "files"),
    [
        ("pip install torch flask", "pip", ["torch", "flask"], []),
        ("pip3.12 --no-cache-dir install -q torch", "pip", ["torch"], []),
        ("python3.12 -m pip install -rr.txt torch", "pip", ["torch"], ["r.txt"]),
        (
            "pip install -r a.txt --requirement=b.txt -i https://x torch",
            "pip",
            ["torch"],
            ["a.txt", "b.txt"],
        ),
        ("uv pip install --system -r a.txt", "uv", [], ["a.txt"]),
        ("uv pip sync a.txt", "uv", [], ["a.txt"]),
        ("uv add torch", "uv", ["torch"], []),
        ("uv sync --frozen --extra gpu", "uv", [], []),
        ("poetry --no-interaction -C /app install --only main", "poetry", [], []),
        ("poetry add torch", "poetry", ["torch"], []),
        ("pdm --no-lock sync --prod -G gpu", "pdm", [], []),
        ("pdm add -dG test torch", "pdm", ["torch"], []),
        ("pipenv install --system --deploy", "pipenv", [], []),
        ("pipenv install --categories 'packages train' torch", "pipenv", ["torch"], []),
        ("pipenv install -r a.txt", "pipenv", [], ["a.txt"]),
        ("pipenv requirements --dev", "pipenv", [], []),
        ("conda env create -f a.yml -n x", "conda", [], ["a.yml"]),
        ("conda env create", "conda", [], ["environment.yml"]),
        ("mamba env update --file a.yml", "conda", [], ["a.yml"]),
        ("micromamba install -y -n base --file=a.yml", "conda", [], ["a.yml"]),
        ("conda install -yc a b::pytorch=2.5 'numpy>=1'", "conda", ["pytorch", "numpy"], []),
        ("micromamba create -n env -c a python=3.12 onnx ./x", "conda", ["onnx"], []),
        ("FOO=1 pip install 'torch[x]>=2' ./local /wheels/a.whl b.whl", "pip", ["torch"], []),
    ],
)
def test_what_is_installed_is_read(
    run: str, tool: str, packages: list[str], files: list[str]
) -> None:
    (found,) = installs(run)
    assert found.tool == tool
    assert [one.name for one in found.packages] == packages
    assert list(found.files) == files


@pytest.mark.parametrize(
    "run",
    [
        "pip download torch",
        "pip uninstall -y a",
        "echo pip install torch",
        "uv run a.py",
        "poetry self add a",
        "poetry run python a.py",
        "poetry config installer.parallel false",
        "pdm run pip-compile",
        "pdm lock",
        "pipenv run python install",
        "pipenv lock",
        "conda update -n base conda",
        "conda config --add channels install",
        "conda env list",
    ],
)
def test_other_commands_install_nothing(run: str) -> None:
    assert installs(run) == ()


@pytest.mark.parametrize(
    ("run", "takes_project", "is_whole"),
    [
        ("pip install .", True, False),
        ("pip install -e '.[serve]'", True, False),
        ("uv sync", True, False),
        ("uv export -o r.txt", True, False),
        ("poetry install", True, False),
        ("poetry export -o r.txt", True, False),
        ("poetry add torch", False, True),
        ("pdm sync", True, False),
        ("pdm export -f requirements -o r.txt", True, False),
        ("pdm add torch", False, True),
        ("pipenv sync", True, False),
        ("pipenv install --deploy", True, False),
        ("pipenv install torch", False, True),
        ("pipenv install -r r.txt", False, False),
        ("conda env create", False, False),
        ("conda install pytorch", False, False),
        ("pip install --no-deps .", False, False),
        ("pip install torch", False, True),
        ("pip install torch /wheels/*.whl", False, False),
        ("pip install -r r.txt", False, False),
    ],
)
def test_where_packages_are_named_is_told(run: str, takes_project: bool, is_whole: bool) -> None:
    (found,) = installs(run)
    assert (found.takes_project, found.is_whole) == (takes_project, is_whole)


@pytest.mark.parametrize(
    ("run", "names"),
    [
        ("apt-get update && apt-get install -y gcc curl=8", ["gcc", "curl=8"]),
        ("apk add --no-cache gcc", ["gcc"]),
        ("dnf groupinstall -y 'Development Tools'", ["Development Tools"]),
        ("apt-get update", []),
    ],
)
def test_system_packages_are_read(run: str, names: list[str]) -> None:
    dockerfile = parse(f"FROM a\nRUN {run}\n", Path("Dockerfile"))
    (instruction,) = dockerfile.final.instructions
    assert list(system_packages(instruction)) == names


@pytest.mark.parametrize(
    ("run", "is_export", "follows_lock"),
    [
        ("poetry export", True, True),
        ("pdm export", True, True),
        ("pipenv requirements", True, True),
        ("pdm install", False, True),
        ("pipenv install --system", False, True),
        ("pipenv install torch", False, False),
        ("pip install .", False, False),
    ],
)
def test_who_only_writes_down_and_who_follows_a_lock_is_told(
    run: str, is_export: bool, follows_lock: bool
) -> None:
    (found,) = installs(run)
    assert (found.is_export, found.follows_lock) == (is_export, follows_lock)
