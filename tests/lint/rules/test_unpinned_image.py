from __future__ import annotations

from pathlib import Path

import pytest

from tests.lint.files import places


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        pytest.param(
            {
                "compose.yaml": """
    services:
      llm:
        image: vllm/vllm-openai:latest
"""
            },
            ["compose.yaml:3"],
            id="latest",
        ),
        pytest.param(
            {
                "compose.yaml": """
    services:
      llm:
        image: localhost:5000/vllm/vllm-openai
"""
            },
            ["compose.yaml:3"],
            id="no tag",
        ),
        pytest.param(
            {
                "compose.yaml": """
    services:
      llm:
        image: vllm/vllm-openai:${TAG:-latest}
"""
            },
            ["compose.yaml:3"],
            id="latest by default",
        ),
        pytest.param(
            {
                "Dockerfile": """
    FROM pytorch/pytorch
    RUN pip install flask==3.1.0
"""
            },
            ["Dockerfile:1"],
            id="a base",
        ),
        pytest.param(
            {
                "Dockerfile": """
    FROM node AS web
    FROM pytorch/pytorch:2.8.0
    COPY --from=web /dist /dist
"""
            },
            ["Dockerfile:1"],
            id="the base of a stage that is copied from",
        ),
    ],
)
def test_caught(tmp_path: Path, files: dict[str, str], expected: list[str]) -> None:
    assert places(tmp_path, "AI409", files) == expected


@pytest.mark.parametrize(
    "files",
    [
        pytest.param(
            {
                "compose.yaml": """
    services:
      llm:
        image: vllm/vllm-openai:v0.11.0
"""
            },
            id="a version",
        ),
        pytest.param(
            {
                "compose.yaml": """
    services:
      llm:
        image: vllm/vllm-openai@sha256:0000000000000000000000000000000000000000
"""
            },
            id="a digest",
        ),
        pytest.param(
            {
                "compose.yaml": """
    services:
      llm:
        image: vllm/vllm-openai:${TAG}
"""
            },
            id="an unknown variable",
        ),
        pytest.param(
            {
                "compose.yaml": """
    services: {app: {build: ., image: org/app:latest, gpus: all}}
"""
            },
            id="the name of what is built",
        ),
        pytest.param(
            {
                "compose.yaml": """
    services: {web: {image: nginx:latest}}
"""
            },
            id="nginx",
        ),
        pytest.param(
            {
                "Dockerfile": """
    FROM node AS web
    FROM pytorch/pytorch:2.8.0
"""
            },
            id="a stage that takes no part",
        ),
    ],
)
def test_not_caught(tmp_path: Path, files: dict[str, str]) -> None:
    assert places(tmp_path, "AI409", files) == []
