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
        environment: [HUGGING_FACE_HUB_TOKEN=x]
"""
            },
            ["compose.yaml:4"],
            id="a service",
        ),
        pytest.param(
            {
                "Dockerfile": """
    FROM vllm/vllm-openai:v0.11.0
    ENV HUGGING_FACE_HUB_TOKEN=x
"""
            },
            ["Dockerfile:2"],
            id="an image",
        ),
    ],
)
def test_caught(tmp_path: Path, files: dict[str, str], expected: list[str]) -> None:
    assert places(tmp_path, "AI403", files) == expected


@pytest.mark.parametrize(
    "files",
    [
        pytest.param(
            {
                "compose.yaml": """
    services:
      llm:
        image: vllm/vllm-openai:v0.11.0
        environment: ["HF_TOKEN=${HUGGING_FACE_HUB_TOKEN}"]
"""
            },
            id="the name of today",
        ),
    ],
)
def test_not_caught(tmp_path: Path, files: dict[str, str]) -> None:
    assert places(tmp_path, "AI403", files) == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (
            "- HUGGING_FACE_HUB_TOKEN=${HUGGING_FACE_HUB_TOKEN}",
            "- HF_TOKEN=${HUGGING_FACE_HUB_TOKEN}",
        ),
        ("HUGGING_FACE_HUB_TOKEN: ${T} # t", "HF_TOKEN: ${T} # t"),
        ("- HUGGING_FACE_HUB_TOKEN", "- HUGGING_FACE_HUB_TOKEN"),
    ],
)
def test_only_the_name_changes(tmp_path: Path, before: str, after: str) -> None:
    text = "services:\n  llm:\n    image: vllm/vllm-openai\n    environment:\n      {}\n"
    write(tmp_path, {"compose.yaml": text.format(before)})
    assert mended(tmp_path, "AI403")["compose.yaml"] == text.format(after)
