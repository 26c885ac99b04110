from __future__ import annotations

from pathlib import Path

import pytest

from tests.lint.files import mended, places, write


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        pytest.param(
            {
                "Dockerfile": """
    FROM python:3.12-slim
    RUN pip install torch==2.8.0
"""
            },
            ["Dockerfile:1"],
            id="no USER",
        ),
        pytest.param(
            {
                "Dockerfile": """
    FROM python:3.12-slim
    RUN pip install torch==2.8.0
    USER app
    USER 0:0
"""
            },
            ["Dockerfile:4"],
            id="USER root",
        ),
        pytest.param(
            {
                "compose.yaml": """
    services:
      app:
        build: .
""",
                "Dockerfile": """
    FROM python:3.12-slim
    RUN pip install torch==2.8.0
""",
            },
            ["compose.yaml:3"],
            id="a service that is built",
        ),
        pytest.param(
            {
                "compose.yaml": """
    services:
      app:
        build: .
        user: root
""",
                "Dockerfile": """
    FROM python:3.12-slim
    RUN pip install torch==2.8.0
    USER app
""",
            },
            ["compose.yaml:4"],
            id="a service that says so",
        ),
    ],
)
def test_caught(tmp_path: Path, files: dict[str, str], expected: list[str]) -> None:
    assert places(tmp_path, "AI405", files) == expected


@pytest.mark.parametrize(
    "files",
    [
        pytest.param(
            {
                "Dockerfile": """
    FROM python:3.12-slim
    RUN pip install torch==2.8.0
    USER app
"""
            },
            id="USER",
        ),
        pytest.param(
            {
                "Dockerfile": """
    FROM python:3.12-slim AS base
    USER 1000
    FROM base
    RUN pip install torch==2.8.0
"""
            },
            id="USER of the stage below",
        ),
        pytest.param(
            {
                "compose.yaml": """
    services:
      app:
        build: .
        user: "1000:1000"
""",
                "Dockerfile": """
    FROM python:3.12-slim
    RUN pip install torch==2.8.0
""",
            },
            id="the service says another",
        ),
        pytest.param(
            {
                "Dockerfile": """
    FROM gcr.io/distroless/python3-debian12:nonroot
    COPY model.onnx /
"""
            },
            id="a base without root",
        ),
    ],
)
def test_not_caught(tmp_path: Path, files: dict[str, str]) -> None:
    assert places(tmp_path, "AI405", files) == []


def test_a_user_is_made_before_what_runs(tmp_path: Path) -> None:
    write(
        tmp_path, {"Dockerfile": 'FROM python:3.12\nRUN pip install torch==2.8.0\nCMD ["python"]\n'}
    )
    assert mended(tmp_path, "AI405", unsafe=True)["Dockerfile"] == (
        "FROM python:3.12\nRUN pip install torch==2.8.0\n"
        'RUN useradd --create-home app\nUSER app\nCMD ["python"]\n'
    )
