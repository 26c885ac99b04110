from __future__ import annotations

from pathlib import Path

import pytest

from tests.lint.files import lint_files, mended, places, write


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        pytest.param(
            {
                "compose.yaml": """
    services:
      llm:
        image: vllm/vllm-openai:v0.11.0
        command: --model a/b --gpu-memory-utilization 0.95
"""
            },
            ["compose.yaml:4"],
            id="above",
        ),
        pytest.param(
            {
                "compose.yaml": """
    services:
      llm:
        image: vllm/vllm-openai:v0.11.0
        command: ["--model", "a/b", "--gpu-memory-utilization=0.92"]
"""
            },
            ["compose.yaml:4"],
            id="with =",
        ),
        pytest.param(
            {
                "compose.yaml": """
    services:
      llm:
        image: vllm/vllm-openai:v0.11.0
        command: --model a/b --gpu_memory_utilization 0.99
"""
            },
            ["compose.yaml:4"],
            id="with underscores",
        ),
        pytest.param(
            {
                "compose.yaml": """
    services:
      llm:
        image: vllm/vllm-openai:v0.11.0
        command: --gpu-memory-utilization 0.5 --gpu-memory-utilization 0.97
"""
            },
            ["compose.yaml:4"],
            id="the last one counts",
        ),
        pytest.param(
            {
                "argosy.yaml": """
    name: s
    models:
      chat:
        engine: vllm
        weights: ./w
        resources: {gpus: 1, gpu_memory: 0.97}
"""
            },
            ["argosy.yaml:6"],
            id="in a stack file",
        ),
    ],
)
def test_caught(tmp_path: Path, files: dict[str, str], expected: list[str]) -> None:
    assert places(tmp_path, "AI209", files) == expected


@pytest.mark.parametrize(
    "files",
    [
        pytest.param(
            {
                "compose.yaml": """
    services:
      llm:
        image: vllm/vllm-openai:v0.11.0
        command: --model a/b --gpu-memory-utilization 0.90
"""
            },
            id="just right",
        ),
        pytest.param(
            {
                "compose.yaml": """
    services:
      llm:
        image: vllm/vllm-openai:v0.11.0
        command: --model a/b --gpu-memory-utilization ${SHARE}
"""
            },
            id="a variable that nobody knows",
        ),
    ],
)
def test_not_caught(tmp_path: Path, files: dict[str, str]) -> None:
    assert places(tmp_path, "AI209", files) == []


@pytest.mark.parametrize(("share", "severity"), [("0.92", "warning"), ("0.95", "error")])
def test_near_the_whole_it_is_an_error(tmp_path: Path, share: str, severity: str) -> None:
    command = f"command: --gpu-memory-utilization {share}"
    text = f"services: {{a: {{image: vllm/vllm-openai:v1, {command}}}}}\n"
    report = lint_files(tmp_path, {"compose.yaml": text}, "AI209")
    assert [one.severity for one in report.found] == [severity]


def test_only_the_number_changes(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "compose.yaml": """
        services:
          llm:
            image: vllm/vllm-openai:v0.11.0
            command: >
              --model a/b   # no comment
              --gpu-memory-utilization 0.97
              --max-model-len 8192
          other:
            image: vllm/vllm-openai:v0.11.0
            command: ["--gpu-memory-utilization", "0.95"]
    """
        },
    )
    assert (
        mended(tmp_path, "AI209")["compose.yaml"]
        == """\
services:
  llm:
    image: vllm/vllm-openai:v0.11.0
    command: >
      --model a/b   # no comment
      --gpu-memory-utilization 0.90
      --max-model-len 8192
  other:
    image: vllm/vllm-openai:v0.11.0
    command: ["--gpu-memory-utilization", "0.90"]
"""
    )
