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
        gpus: [{count: 1}]
"""
            },
            ["compose.yaml:4"],
            id="unset",
        ),
        pytest.param(
            {
                "compose.yaml": """
    services:
      llm:
        image: vllm/vllm-openai:v0.11.0
        gpus: [{count: 1}]
"""
            },
            ["compose.yaml:2"],
            id="no command at all",
        ),
    ],
)
def test_caught(tmp_path: Path, files: dict[str, str], expected: list[str]) -> None:
    assert places(tmp_path, "AI210", files) == expected


@pytest.mark.parametrize(
    "files",
    [
        pytest.param(
            {
                "compose.yaml": """
    services:
      llm:
        image: vllm/vllm-openai:v0.11.0
        command: --model a/b --gpu-memory-utilization 0.85
        gpus: [{count: 1}]
"""
            },
            id="set",
        ),
        pytest.param(
            {
                "compose.yaml": """
    services:
      llm:
        image: vllm/vllm-openai:v0.11.0
        command: --config /etc/vllm.yaml
        gpus: [{count: 1}]
"""
            },
            id="in a file of settings",
        ),
        pytest.param(
            {
                "compose.yaml": """
    services:
      llm:
        image: vllm/vllm-openai:v0.11.0
        command: --model a/b
        environment: {GPU_MEMORY_UTILIZATION: 0.85}
        gpus: [{count: 1}]
"""
            },
            id="in vain, which is another rule's",
        ),
        pytest.param(
            {
                "compose.yaml": """
    services:
      llm:
        image: vllm/vllm-openai:v0.11.0
        command: ${VLLM_ARGUMENTS}
        gpus: [{count: 1}]
"""
            },
            id="in a variable",
        ),
        pytest.param(
            {
                "compose.yaml": """
    services:
      llm:
        image: vllm/vllm-openai:v0.11.0
        entrypoint: [bash, -c]
        command: ["vllm serve a/b --gpu-memory-utilization 0.4"]
        gpus: [{count: 1}]
"""
            },
            id="in a script",
        ),
        pytest.param(
            {
                "compose.yaml": """
    services:
      llm:
        image: vllm/vllm-openai-cpu:v0.11.0
        command: --model a/b
"""
            },
            id="on CPUs",
        ),
        pytest.param(
            {
                "compose.yaml": """
    services:
      llm:
        image: ollama/ollama:0.12.6
        gpus: all
"""
            },
            id="another engine",
        ),
    ],
)
def test_not_caught(tmp_path: Path, files: dict[str, str]) -> None:
    assert places(tmp_path, "AI210", files) == []


def test_the_flag_is_put_behind(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "compose.yaml": """
        services:
          a:
            image: vllm/vllm-openai:v0.11.0
            gpus: all
            command: >
              --model a/b
              --max-model-len 8192
            restart: always
          b:
            image: vllm/vllm-openai:v0.11.0
            gpus: all
            command: ["--model", "a/b"]  # list
    """
        },
    )
    text = mended(tmp_path, "AI210")["compose.yaml"]
    assert '["--model", "a/b", "--gpu-memory-utilization", "0.90"]  # list' in text.replace(
        "--gpu-memory-utilization, ", '"--gpu-memory-utilization", '
    )
    assert "--max-model-len 8192 --gpu-memory-utilization 0.90\n    restart: always" in text
