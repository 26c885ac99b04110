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
        image: vllm/vllm-openai:v0.11.0
        environment: [NVIDIA_VISIBLE_DEVICES=all]
        gpus: [{count: 1}]
"""
            },
            ["compose.yaml:4"],
            id="one reserved, all visible",
        ),
        pytest.param(
            {
                "compose.yaml": """
    services:
      a:
        image: vllm/vllm-openai:v0.11.0
        gpus: all
      b:
        image: vllm/vllm-openai:v0.11.0
        gpus: all
"""
            },
            ["compose.yaml:4", "compose.yaml:7"],
            id="two that take all",
        ),
        pytest.param(
            {
                "compose.yaml": """
    services:
      a:
        image: vllm/vllm-openai:v0.11.0
        gpus: [{options: {}}]
      b:
        image: vllm/vllm-openai:v0.11.0
        runtime: nvidia
"""
            },
            ["compose.yaml:4", "compose.yaml:7"],
            id="no count means all",
        ),
    ],
)
def test_caught(tmp_path: Path, files: dict[str, str], expected: list[str]) -> None:
    assert places(tmp_path, "AI207", files) == expected


@pytest.mark.parametrize(
    "files",
    [
        pytest.param(
            {
                "compose.yaml": """
    services:
      a:
        image: vllm/vllm-openai:v0.11.0
        gpus: [{device_ids: ["0"]}]
      b:
        image: vllm/vllm-openai:v0.11.0
        gpus: [{device_ids: ["1"]}]
"""
            },
            id="each its own",
        ),
        pytest.param(
            {
                "compose.yaml": """
    services:
      a:
        image: vllm/vllm-openai:v0.11.0
        gpus: all
        profiles: [small]
      b:
        image: vllm/vllm-openai:v0.11.0
        gpus: all
        profiles: [large]
"""
            },
            id="profiles that exclude each other",
        ),
        pytest.param(
            {
                "compose.yaml": """
    services:
      a:
        image: vllm/vllm-openai:v0.11.0
        gpus: [{device_ids: ["0"]}]
      b:
        image: vllm/vllm-openai:v0.11.0
        gpus: [{device_ids: ["1"]}]
"""
            },
            id="its own by the short form",
        ),
        pytest.param(
            {
                "compose.yaml": """
    services:
      llm:
        image: vllm/vllm-openai:v0.11.0
        environment: [NVIDIA_VISIBLE_DEVICES=all]
        gpus: all
"""
            },
            id="one that takes all",
        ),
    ],
)
def test_not_caught(tmp_path: Path, files: dict[str, str]) -> None:
    assert places(tmp_path, "AI207", files) == []
