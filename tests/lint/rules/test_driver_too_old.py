from __future__ import annotations

from pathlib import Path

import pytest

from argosy.lint.project.facts import Facts
from tests.lint.files import places


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        pytest.param(
            {
                "Dockerfile": """
    FROM python:3.12-slim
    RUN pip install torch==2.10.0+cu130
"""
            },
            ["Dockerfile:2"],
            id="torch",
        ),
        pytest.param(
            {
                "Dockerfile": """
    FROM nvidia/cuda:13.0.1-base-ubuntu24.04
    RUN pip install onnxruntime-gpu==1.23.0
"""
            },
            ["Dockerfile:1"],
            id="a base",
        ),
        pytest.param(
            {
                "compose.yaml": """
    services:
      llm:
        image: ghcr.io/org/llama.cpp:server-cuda13
        gpus: all
"""
            },
            ["compose.yaml:3"],
            id="an image of a service",
        ),
    ],
)
def test_caught(tmp_path: Path, files: dict[str, str], expected: list[str]) -> None:
    assert places(tmp_path, "AI202", files, Facts(driver=570)) == expected


@pytest.mark.parametrize(
    "files",
    [
        pytest.param(
            {
                "Dockerfile": """
    FROM nvidia/cuda:12.8.1-base-ubuntu24.04
    RUN pip install torch==2.8.0+cu118
"""
            },
            id="an older CUDA",
        ),
    ],
)
def test_not_caught(tmp_path: Path, files: dict[str, str]) -> None:
    assert places(tmp_path, "AI202", files, Facts(driver=570)) == []


def test_silent_without_a_driver(tmp_path: Path) -> None:
    files = {"Dockerfile": "FROM python:3.12-slim\nRUN pip install torch==2.10.0+cu130\n"}
    assert places(tmp_path, "AI202", files) == []


def test_a_newer_driver_runs_older_programs(tmp_path: Path) -> None:
    files = {"Dockerfile": "FROM python:3.12-slim\nRUN pip install torch==2.2.0+cu118\n"}
    assert places(tmp_path, "AI202", files, Facts(driver=610)) == []
