from __future__ import annotations

from pathlib import Path

import pytest

from tests.lint.files import places


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        pytest.param(
            {
                "Dockerfile": """
    FROM nvidia/cuda:12.1.0-runtime-ubuntu22.04
    RUN pip install torch==2.2.0+cu118 --extra-index-url https://download.pytorch.org/whl/cu118
"""
            },
            ["Dockerfile:2"],
            id="the base and torch",
        ),
        pytest.param(
            {
                "Dockerfile": """
    FROM nvidia/cuda:11.8.0-runtime-ubuntu22.04
    RUN pip install torch==2.6.0 --index-url https://download.pytorch.org/whl/cu124
"""
            },
            ["Dockerfile:2"],
            id="the base and an index",
        ),
        pytest.param(
            {
                "Dockerfile": """
    FROM python:3.12-slim
    COPY requirements.txt .
    RUN pip install -r requirements.txt
""",
                "requirements.txt": """
    torch==2.2.0+cu121
    torchvision==0.17.0+cu118
""",
            },
            ["requirements.txt:2"],
            id="torch and torchvision of a list",
        ),
        pytest.param(
            {
                "requirements.txt": """
    torch==2.2.0+cu121
    torchaudio==2.2.0+cu118
"""
            },
            ["requirements.txt:2"],
            id="a list alone",
        ),
        pytest.param(
            {
                "Dockerfile": """
    ARG CUDA=12.4.1
    FROM nvidia/cuda:${CUDA}-base-ubuntu22.04
    RUN pip install torch==2.3.0+cu118
"""
            },
            ["Dockerfile:3"],
            id="a base by its argument",
        ),
    ],
)
def test_caught(tmp_path: Path, files: dict[str, str], expected: list[str]) -> None:
    assert places(tmp_path, "AI201", files) == expected


@pytest.mark.parametrize(
    "files",
    [
        pytest.param(
            {
                "Dockerfile": """
    FROM nvidia/cuda:12.4.1-runtime-ubuntu22.04
    RUN pip install torch==2.2.0+cu121 torchvision==0.17.0+cu121
"""
            },
            id="another minor version",
        ),
        pytest.param(
            {
                "Dockerfile": """
    FROM nvidia/cuda:12.4.1-base-ubuntu22.04
    RUN pip install torch==2.8.0
"""
            },
            id="a build that nobody names",
        ),
        pytest.param(
            {
                "requirements.txt": """
    torch==2.2.0+cpu
    torchvision==0.17.0+cpu
"""
            },
            id="builds for CPUs",
        ),
    ],
)
def test_not_caught(tmp_path: Path, files: dict[str, str]) -> None:
    assert places(tmp_path, "AI201", files) == []
