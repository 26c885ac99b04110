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
        command: --model a/b --tensor-parallel-size 2
        gpus: [{count: 1}]
"""
            },
            ["compose.yaml:4"],
            id="tensor parallel",
        ),
        pytest.param(
            {
                "compose.yaml": """
    services:
      llm:
        image: vllm/vllm-openai:v0.11.0
        command: --model a/b -tp 2 -pp 2
        gpus: [{count: 2}]
"""
            },
            ["compose.yaml:4"],
            id="times pipeline parallel",
        ),
        pytest.param(
            {
                "compose.yaml": """
    services:
      llm:
        image: ghcr.io/huggingface/text-generation-inference:3.3
        command: --model-id a/b --num-shard 4
        gpus: [{count: 2}]
"""
            },
            ["compose.yaml:4"],
            id="TGI's shards",
        ),
        pytest.param(
            {
                "argosy.yaml": """
    name: s
    models:
      chat:
        engine: vllm
        weights: ./w
        options: {tensor-parallel-size: 2}
        resources: {gpus: 1}
"""
            },
            ["argosy.yaml:6"],
            id="in a stack file",
        ),
    ],
)
def test_caught(tmp_path: Path, files: dict[str, str], expected: list[str]) -> None:
    assert places(tmp_path, "AI213", files) == expected


@pytest.mark.parametrize(
    "files",
    [
        pytest.param(
            {
                "compose.yaml": """
    services:
      llm:
        image: vllm/vllm-openai:v0.11.0
        command: --model a/b --tensor-parallel-size 2
        gpus: [{device_ids: ["0", "1"]}]
"""
            },
            id="as many",
        ),
        pytest.param(
            {
                "compose.yaml": """
    services:
      llm:
        image: vllm/vllm-openai:v0.11.0
        command: --model a/b --tensor-parallel-size 2
        gpus: all
"""
            },
            id="all there are",
        ),
        pytest.param(
            {
                "compose.yaml": """
    services:
      llm:
        image: vllm/vllm-openai:v0.11.0
        command: --model a/b --tensor-parallel-size ${N}
        gpus: [{count: 1}]
"""
            },
            id="a variable",
        ),
    ],
)
def test_not_caught(tmp_path: Path, files: dict[str, str]) -> None:
    assert places(tmp_path, "AI213", files) == []


def test_as_many_are_reserved(tmp_path: Path) -> None:
    text = """\
services:
  llm:
    image: vllm/vllm-openai:v0.11.0
    command: --model a/b --tensor-parallel-size 2
    deploy:
      resources:
        reservations:
          devices:
            - driver: nvidia
              count: {} # of GPUs
              capabilities: [gpu]
"""
    write(tmp_path, {"compose.yaml": text.format(1)})
    assert mended(tmp_path, "AI213", unsafe=True)["compose.yaml"] == text.format(2)
