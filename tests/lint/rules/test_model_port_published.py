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
        ports: ["8000:8000"]
"""
            },
            ["compose.yaml:4"],
            id="everywhere",
        ),
        pytest.param(
            {
                "compose.yaml": """
    services:
      llm:
        image: vllm/vllm-openai:v0.11.0
        ports:
          - "0.0.0.0:8000:8000"
"""
            },
            ["compose.yaml:5"],
            id="said so",
        ),
        pytest.param(
            {
                "compose.yaml": """
    services:
      llm:
        image: vllm/vllm-openai:v0.11.0
        ports:
          - {target: 8000, published: "8000"}
"""
            },
            ["compose.yaml:5"],
            id="the long form",
        ),
        pytest.param(
            {
                "compose.yaml": """
    services:
      llm:
        image: vllm/vllm-openai:v0.11.0
        network_mode: host
        command: --model a/b --host 0.0.0.0
"""
            },
            ["compose.yaml:4"],
            id="the host's network",
        ),
    ],
)
def test_caught(tmp_path: Path, files: dict[str, str], expected: list[str]) -> None:
    assert places(tmp_path, "AI408", files) == expected


@pytest.mark.parametrize(
    "files",
    [
        pytest.param(
            {
                "compose.yaml": """
    services:
      llm:
        image: vllm/vllm-openai:v0.11.0
        ports: ["127.0.0.1:8000:8000", "[::1]:8001:8000"]
"""
            },
            id="loopback",
        ),
        pytest.param(
            {
                "compose.yaml": """
    services:
      llm:
        image: vllm/vllm-openai:v0.11.0
        ports: ["8000"]
        expose: ["8000"]
"""
            },
            id="not published",
        ),
        pytest.param(
            {
                "compose.yaml": """
    services:
      llm:
        image: vllm/vllm-openai:v0.11.0
        ports: ["${ADDRESS}:8000:8000"]
"""
            },
            id="an address by a variable",
        ),
        pytest.param(
            {
                "compose.yaml": """
    services:
      llm:
        image: vllm/vllm-openai:v0.11.0
        network_mode: host
        command: --model a/b --host 127.0.0.1
"""
            },
            id="the host's loopback",
        ),
        pytest.param(
            {
                "compose.yaml": """
    services: {web: {image: nginx, ports: ["80:80"]}}
"""
            },
            id="nginx",
        ),
    ],
)
def test_not_caught(tmp_path: Path, files: dict[str, str]) -> None:
    assert places(tmp_path, "AI408", files) == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('- "8000:8000" # api', '- "127.0.0.1:8000:8000" # api'),
        ("- 8000:8000", '- "127.0.0.1:8000:8000"'),
        ("- '${PORT:-8000}:8000'", "- '127.0.0.1:${PORT:-8000}:8000'"),
        ("- {target: 8000, published: 8000}", "- {target: 8000, published: 8000}"),
    ],
)
def test_it_is_bound_to_loopback(tmp_path: Path, before: str, after: str) -> None:
    text = "services:\n  llm:\n    image: vllm/vllm-openai\n    ports:\n      {}\n"
    write(tmp_path, {"compose.yaml": text.format(before)})
    assert mended(tmp_path, "AI408", unsafe=True)["compose.yaml"] == text.format(after)
