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
    version: "3.9"
    services:
      llm:
        image: vllm/vllm-openai:v0.11.0
"""
            },
            ["compose.yaml:1"],
            id="at the top",
        ),
    ],
)
def test_caught(tmp_path: Path, files: dict[str, str], expected: list[str]) -> None:
    assert places(tmp_path, "AI410", files) == expected


@pytest.mark.parametrize(
    "files",
    [
        pytest.param(
            {
                "compose.yaml": """
    services:
      llm:
        image: vllm/vllm-openai:v0.11.0
"""
            },
            id="without",
        ),
        pytest.param(
            {
                "compose.yaml": """
    version: "3.9"
    services: {web: {image: nginx}}
"""
            },
            id="no model in the file",
        ),
    ],
)
def test_not_caught(tmp_path: Path, files: dict[str, str]) -> None:
    assert places(tmp_path, "AI410", files) == []


def test_the_line_goes(tmp_path: Path) -> None:
    rest = "# the stack\nservices:\n  llm: {image: vllm/vllm-openai}\n"
    write(tmp_path, {"compose.yaml": f"version: '3.9' # old\n{rest}"})
    assert mended(tmp_path, "AI410")["compose.yaml"] == rest
