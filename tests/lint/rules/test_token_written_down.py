from __future__ import annotations

from pathlib import Path

import pytest

from tests.lint.files import mended, places, write


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        pytest.param(
            {
                "compose.yaml": """
    services:
      llm:
        image: vllm/vllm-openai:v0.11.0
        environment: [HF_TOKEN=hf_abcdefghijklmnopqrstuvwxyz]
"""
            },
            ["compose.yaml:4"],
            id="a list",
        ),
        pytest.param(
            {
                "compose.yaml": """
    services:
      llm:
        image: vllm/vllm-openai:v0.11.0
        environment:
          TOKEN: hf_abcdefghijklmnopqrstuvwxyz
"""
            },
            ["compose.yaml:5"],
            id="in another variable",
        ),
        pytest.param(
            {
                "compose.yaml": """
    services:
      llm:
        image: vllm/vllm-openai:v0.11.0
        environment: {HF_TOKEN: s3cret-of-ours}
"""
            },
            ["compose.yaml:4"],
            id="no token by its form",
        ),
        pytest.param(
            {
                "compose.yaml": """
    services:
      llm:
        image: vllm/vllm-openai:v0.11.0
        command: --model a/b --hf-token hf_abcdefghijklmnopqrstuvwxyz
"""
            },
            ["compose.yaml:4"],
            id="in a command",
        ),
        pytest.param(
            {
                "app.py": """
    import torch, fastapi
    login(token="hf_abcdefghijklmnopqrstuvwxyz")
"""
            },
            ["app.py:2"],
            id="in a program",
        ),
    ],
)
def test_caught(tmp_path: Path, files: dict[str, str], expected: list[str]) -> None:
    assert places(tmp_path, "AI401", files) == expected


@pytest.mark.parametrize(
    "files",
    [
        pytest.param(
            {
                "compose.yaml": """
    services:
      llm:
        image: vllm/vllm-openai:v0.11.0
        environment: [HF_TOKEN, "OTHER=${HF_TOKEN}"]
"""
            },
            id="from outside",
        ),
        pytest.param(
            {
                "compose.yaml": """
    services:
      llm:
        image: vllm/vllm-openai:v0.11.0
        environment: {HF_TOKEN: <your token>}
"""
            },
            id="a place for one",
        ),
        pytest.param(
            {
                "compose.yaml": """
    services: {web: {image: nginx, environment: {HF_TOKEN: s3cret-of-ours}}}
"""
            },
            id="a service of another kind",
        ),
    ],
)
def test_not_caught(tmp_path: Path, files: dict[str, str]) -> None:
    assert places(tmp_path, "AI401", files) == []


def test_it_is_taken_from_outside(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "compose.yaml": """
        services:
          llm:
            image: vllm/vllm-openai:v0.11.0
            environment:
              - HF_TOKEN=hf_abcdefghijklmnopqrstuvwxyz # mine
    """
        },
    )
    assert (
        "      - HF_TOKEN=${HF_TOKEN} # mine\n"
        in mended(tmp_path, "AI401", unsafe=True)["compose.yaml"]
    )
