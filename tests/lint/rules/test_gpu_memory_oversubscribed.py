from __future__ import annotations

from pathlib import Path

import pytest

from tests.lint.files import lint_files, places


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        pytest.param(
            {
                "compose.yaml": """
    services:
      a:
        image: vllm/vllm-openai:v0.11.0
        command: --model a/b --gpu-memory-utilization 0.6
        gpus: [{device_ids: ["0"]}]
      b:
        image: vllm/vllm-openai:v0.11.0
        command: --model a/b --gpu-memory-utilization 0.6
        gpus: [{device_ids: ["0"]}]
"""
            },
            ["compose.yaml:4", "compose.yaml:8"],
            id="one GPU by its name",
        ),
        pytest.param(
            {
                "compose.yaml": """
    services:
      a:
        image: vllm/vllm-openai:v0.11.0
        command: --model a/b --gpu-memory-utilization 0.6
        gpus: [{count: 1}]
      b:
        image: vllm/vllm-openai:v0.11.0
        command: --model a/b --gpu-memory-utilization 0.5
        gpus: [{device_ids: ["0"]}]
"""
            },
            ["compose.yaml:4", "compose.yaml:8"],
            id="a count begins at the first",
        ),
        pytest.param(
            {
                "compose.yaml": """
    services:
      a:
        image: vllm/vllm-openai:v0.11.0
        command: --model a/b --gpu-memory-utilization 0.3
        gpus: [{count: 1}]
      b:
        image: vllm/vllm-openai:v0.11.0
        command: --model a/b
        gpus: [{count: 1}]
"""
            },
            ["compose.yaml:4", "compose.yaml:6"],
            id="by default",
        ),
    ],
)
def test_caught(tmp_path: Path, files: dict[str, str], expected: list[str]) -> None:
    assert places(tmp_path, "AI208", files) == expected


@pytest.mark.parametrize(
    "files",
    [
        pytest.param(
            {
                "compose.yaml": """
    services:
      a:
        image: vllm/vllm-openai:v0.11.0
        command: --model a/b --gpu-memory-utilization 0.6
        gpus: [{device_ids: ["0"]}]
      b:
        image: vllm/vllm-openai:v0.11.0
        command: --model a/b --gpu-memory-utilization 0.6
        gpus: [{device_ids: ["1"]}]
"""
            },
            id="two GPUs",
        ),
        pytest.param(
            {
                "compose.yaml": """
    services:
      a:
        image: vllm/vllm-openai:v0.11.0
        command: --model a/b --gpu-memory-utilization 0.45
        gpus: [{count: 1}]
      b:
        image: vllm/vllm-openai:v0.11.0
        command: --model a/b --gpu-memory-utilization 0.45
        gpus: [{count: 1}]
"""
            },
            id="they fit",
        ),
        pytest.param(
            {
                "compose.yaml": """
    services:
      a:
        image: vllm/vllm-openai:v0.11.0
        command: --model a/b --gpu-memory-utilization 0.6
        gpus: [{count: 1}]
        profiles: [a]
      b:
        image: vllm/vllm-openai:v0.11.0
        command: --model a/b --gpu-memory-utilization 0.6
        gpus: [{count: 1}]
        profiles: [b]
"""
            },
            id="never at once",
        ),
    ],
)
def test_not_caught(tmp_path: Path, files: dict[str, str]) -> None:
    assert places(tmp_path, "AI208", files) == []


def test_just_below_the_whole_is_a_warning(tmp_path: Path) -> None:
    service = "image: vllm/vllm-openai:v1, gpus: all, command: --model m --gpu-memory-utilization"
    text = f"services: {{a: {{{service} 0.5}}, b: {{{service} 0.45}}}}\n"
    report = lint_files(tmp_path, {"compose.yaml": text}, "AI208")
    assert [one.severity for one in report.found] == ["warning", "warning"]
    assert "take 0.95" in report.found[0].finding.what
