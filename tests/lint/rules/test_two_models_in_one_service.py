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
        entrypoint: [sh, -c]
        command: ["vllm serve a --port 1 & vllm serve b --port 2"]
"""
            },
            ["compose.yaml:5"],
            id="in a shell",
        ),
        pytest.param(
            {
                "Dockerfile": """
    FROM vllm/vllm-openai:v1
    CMD sh -c "ollama serve & uvicorn app:app"
"""
            },
            ["Dockerfile:2"],
            id="in an image",
        ),
    ],
)
def test_caught(tmp_path: Path, files: dict[str, str], expected: list[str]) -> None:
    assert places(tmp_path, "AI411", files) == expected


@pytest.mark.parametrize(
    "files",
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
            id="one server",
        ),
        pytest.param(
            {
                "compose.yaml": """
    services:
      llm:
        image: ollama/ollama:0.12.6
        entrypoint: [sh, -c]
        command: ["ollama serve & sleep 5 && ollama pull llama3:8b && wait"]
"""
            },
            id="a server and its warm-up",
        ),
    ],
)
def test_not_caught(tmp_path: Path, files: dict[str, str]) -> None:
    assert places(tmp_path, "AI411", files) == []
