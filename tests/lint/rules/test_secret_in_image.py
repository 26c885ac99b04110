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
    FROM vllm/vllm-openai:v1
    ARG HF_TOKEN
    ENV HF_TOKEN=$HF_TOKEN
"""
            },
            ["Dockerfile:2", "Dockerfile:3"],
            id="an argument",
        ),
        pytest.param(
            {
                "Dockerfile": """
    FROM vllm/vllm-openai:v1
    ENV LOGIN=hf_abcdefghijklmnopqrstuvwxyz
"""
            },
            ["Dockerfile:2"],
            id="by its value",
        ),
        pytest.param(
            {
                "Dockerfile": """
    FROM python:3.12 AS fetch
    ARG API_KEY=x
    FROM vllm/vllm-openai:v1
    COPY --from=fetch /m /m
"""
            },
            ["Dockerfile:2"],
            id="in a stage that is copied from",
        ),
    ],
)
def test_caught(tmp_path: Path, files: dict[str, str], expected: list[str]) -> None:
    assert places(tmp_path, "AI404", files) == expected


@pytest.mark.parametrize(
    "files",
    [
        pytest.param(
            {
                "Dockerfile": """
    FROM vllm/vllm-openai:v1
    RUN --mount=type=secret,id=hf_token,env=HF_TOKEN true
"""
            },
            id="a mounted secret",
        ),
        pytest.param(
            {
                "Dockerfile": """
    FROM vllm/vllm-openai:v1
    ENV MAX_TOKENS=512 TOKENIZERS_PARALLELISM=false
"""
            },
            id="other tokens",
        ),
        pytest.param(
            {
                "Dockerfile": """
    FROM vllm/vllm-openai:v1
    ENV HF_TOKEN_PATH=/run/secrets/hf
"""
            },
            id="a path to one",
        ),
        pytest.param(
            {
                "Dockerfile": """
    FROM vllm/vllm-openai:v1
    ENV HF_TOKEN=
"""
            },
            id="unset",
        ),
        pytest.param(
            {
                "Dockerfile": """
    FROM nginx:1.29
    ARG HF_TOKEN
"""
            },
            id="an image of another kind",
        ),
    ],
)
def test_not_caught(tmp_path: Path, files: dict[str, str]) -> None:
    assert places(tmp_path, "AI404", files) == []
