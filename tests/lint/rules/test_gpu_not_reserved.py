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
        command: --model a/b
"""
            },
            ["compose.yaml:2"],
            id="vLLM",
        ),
        pytest.param(
            {
                "compose.yaml": """
    services:
      app:
        build: .
""",
                "Dockerfile": """
    FROM nvidia/cuda:12.6.3-base-ubuntu24.04
    RUN pip install torch==2.8.0
""",
            },
            ["compose.yaml:2"],
            id="an image that is built on CUDA",
        ),
    ],
)
def test_caught(tmp_path: Path, files: dict[str, str], expected: list[str]) -> None:
    assert places(tmp_path, "AI205", files) == expected


@pytest.mark.parametrize(
    "files",
    [
        pytest.param(
            {
                "compose.yaml": """
    services:
      llm:
        image: vllm/vllm-openai:v0.11.0
        gpus: [{count: 1}]
"""
            },
            id="reserved",
        ),
        pytest.param(
            {
                "compose.yaml": """
    services:
      llm:
        image: vllm/vllm-openai:v0.11.0
        gpus: all
"""
            },
            id="gpus",
        ),
        pytest.param(
            {
                "compose.yaml": """
    services:
      llm:
        image: vllm/vllm-openai:v0.11.0
        runtime: nvidia
"""
            },
            id="the legacy runtime",
        ),
        pytest.param(
            {
                "compose.yaml": """
    services:
      llm:
        image: vllm/vllm-openai:v0.11.0
        devices: ["nvidia.com/gpu=0"]
"""
            },
            id="CDI",
        ),
        pytest.param(
            {
                "compose.yaml": """
    services:
      llm:
        image: ghcr.io/huggingface/text-embeddings-inference:cpu-1.8
"""
            },
            id="a build for CPUs",
        ),
        pytest.param(
            {
                "compose.yaml": """
    services:
      llm:
        image: vllm/vllm-openai:v0.11.0
        command: --model a/b --device cpu
"""
            },
            id="told to use the CPU",
        ),
        pytest.param(
            {
                "compose.yaml": """
    services:
      llm:
        image: rocm/vllm:v0.10
        devices: [/dev/kfd, /dev/dri]
"""
            },
            id="AMD's GPUs",
        ),
        pytest.param(
            {
                "compose.yaml": """
    services:
      llm:
        image: ollama/ollama:0.12.6
"""
            },
            id="Ollama does without",
        ),
        pytest.param(
            {
                "compose.yaml": """
    services:
      llm:
        image: vllm/vllm-openai:v0.11.0
        command: --model a/b
""",
                "compose.override.yaml": """
    services:
      llm:
        gpus: all
""",
            },
            id="reserved in an override",
        ),
    ],
)
def test_not_caught(tmp_path: Path, files: dict[str, str]) -> None:
    assert places(tmp_path, "AI205", files) == []


def test_one_is_reserved(tmp_path: Path) -> None:
    write(
        tmp_path,
        {"compose.yaml": "services:\n  llm:\n    image: vllm/vllm-openai:v0.11.0  # engine\n"},
    )
    assert (
        mended(tmp_path, "AI205", unsafe=True)["compose.yaml"]
        == """\
services:
  llm:
    image: vllm/vllm-openai:v0.11.0  # engine
    deploy:
      resources:
        reservations:
          devices:
            - driver: nvidia
              count: 1
              capabilities: [gpu]
"""
    )
