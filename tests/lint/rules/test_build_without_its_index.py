from __future__ import annotations

from pathlib import Path

import pytest

from argosy.lint.run import lint
from tests.lint.files import mended, places, write

INSTALLS_PROJECT = "FROM python:3.12-slim\nCOPY . .\nRUN poetry install\n"


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        pytest.param(
            {
                "Dockerfile": """
    FROM python:3.12-slim
    RUN pip install torch==2.2.0+cu121
"""
            },
            ["Dockerfile:2"],
            id="on a command line",
        ),
        pytest.param(
            {
                "Dockerfile": """
    FROM python:3.12-slim
    COPY requirements.txt .
    RUN pip install -r requirements.txt
""",
                "requirements.txt": """
    numpy==1.26.4
    torch==2.2.0+cpu
    torchvision==0.17.0+cpu
""",
            },
            ["requirements.txt:2"],
            id="in a list of an image",
        ),
        pytest.param(
            {"requirements.txt": "torch==2.2.0+cu121"}, ["requirements.txt:1"], id="in a list alone"
        ),
        pytest.param(
            {
                "Dockerfile": INSTALLS_PROJECT,
                "pyproject.toml": """
    [tool.poetry.dependencies]
    torch = "2.2.0+cu121"
""",
            },
            ["pyproject.toml:2"],
            id="in a project",
        ),
        pytest.param(
            {
                "Dockerfile": "FROM python:3.12-slim\nCOPY . .\nRUN pipenv sync\n",
                "Pipfile": """
    [[source]]
    url = "https://pypi.org/simple"
    [packages]
    torch = "==2.2.0+cu121"
""",
            },
            ["Pipfile:4"],
            id="in a project that names the default index",
        ),
        pytest.param(
            {
                "requirements.txt": """
    --extra-index-url https://download.pytorch.org/whl/cu121
    torch==2.2.0+cu121
    torchvision==0.17.0+cu118
"""
            },
            ["requirements.txt:3"],
            id="the index of another build",
        ),
    ],
)
def test_caught(tmp_path: Path, files: dict[str, str], expected: list[str]) -> None:
    assert places(tmp_path, "AI203", files) == expected


@pytest.mark.parametrize(
    "files",
    [
        pytest.param(
            {
                "requirements.txt": """
    --extra-index-url https://download.pytorch.org/whl/cu121
    torch==2.2.0+cu121
"""
            },
            id="its index in the list",
        ),
        pytest.param(
            {
                "Dockerfile": """
    FROM python:3.12-slim
    COPY requirements.txt .
    RUN pip install --index-url=https://download.pytorch.org/whl/cu121 -r requirements.txt
""",
                "requirements.txt": "torch==2.2.0+cu121",
            },
            id="its index on the command line",
        ),
        pytest.param(
            {
                "requirements.txt": """
    --index-url https://packages.example.com/simple
    torch==2.2.0+cu121
"""
            },
            id="an index of one's own",
        ),
        pytest.param(
            {
                "Dockerfile": """
    FROM python:3.12-slim
    ENV PIP_EXTRA_INDEX_URL=https://download.pytorch.org/whl/cu121
    RUN pip install torch==2.2.0+cu121
"""
            },
            id="an index by a variable",
        ),
        pytest.param(
            {
                "Dockerfile": INSTALLS_PROJECT,
                "pyproject.toml": """
    [tool.poetry.dependencies]
    torch = {version = "2.2.0+cu121", source = "pytorch"}
    [[tool.poetry.source]]
    name = "pytorch"
    url = "https://download.pytorch.org/whl/cu121"
""",
            },
            id="its source in a project",
        ),
        pytest.param({"requirements.txt": "torch==2.8.0"}, id="a plain version"),
        pytest.param(
            {"requirements.txt": "torch @ https://download.pytorch.org/whl/cu121/torch-2.2.0.whl"},
            id="a wheel by its address",
        ),
    ],
)
def test_not_caught(tmp_path: Path, files: dict[str, str]) -> None:
    assert places(tmp_path, "AI203", files) == []


def test_a_project_alone_is_not_judged(tmp_path: Path) -> None:
    file = tmp_path / "pyproject.toml"
    file.write_text('[project]\ndependencies = ["torch==2.2.0+cu121"]\n')
    assert lint([file]).found == ()


def test_a_list_gets_the_index_at_its_top(tmp_path: Path) -> None:
    write(tmp_path, {"requirements.txt": "# pinned\ntorch==2.2.0+cu121\n"})
    assert mended(tmp_path, "AI203")["requirements.txt"] == (
        "--extra-index-url https://download.pytorch.org/whl/cu121\n# pinned\ntorch==2.2.0+cu121\n"
    )


def test_a_command_line_gets_it_at_its_end(tmp_path: Path) -> None:
    write(
        tmp_path,
        {"Dockerfile": "FROM python:3.12\nRUN pip install torch==2.2.0+cpu \\\n    flask==3.1.0\n"},
    )
    assert (
        mended(tmp_path, "AI203")["Dockerfile"]
        .splitlines()[2]
        .strip()
        .startswith("flask==3.1.0 --extra-index-url https://download.pytorch.org/whl/cpu")
    )


@pytest.mark.parametrize("run", ["pipenv install", "pdm add", "poetry add"])
def test_a_tool_that_does_not_know_the_flag_does_not_get_it(tmp_path: Path, run: str) -> None:
    text = f"FROM python:3.12\nRUN {run} torch==2.2.0+cpu\n"
    assert places(tmp_path, "AI203", {"Dockerfile": text}) == ["Dockerfile:2"]
    assert mended(tmp_path, "AI203")["Dockerfile"] == text
