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
        environment: [HF_TOKEN]
"""
            },
            ["compose.yaml:4"],
            id="passed on",
        ),
        pytest.param(
            {
                "compose.yaml": """
    services:
      llm:
        image: vllm/vllm-openai:v0.11.0
        environment:
          HUGGING_FACE_HUB_TOKEN: ${TOKEN:?}
"""
            },
            ["compose.yaml:5"],
            id="from a variable",
        ),
    ],
)
def test_caught(tmp_path: Path, files: dict[str, str], expected: list[str]) -> None:
    assert places(tmp_path, "AI402", files) == expected


@pytest.mark.parametrize(
    "files",
    [
        pytest.param(
            {
                "compose.yaml": """
    services:
      llm:
        image: vllm/vllm-openai:v0.11.0
        environment: [HF_TOKEN_PATH=/run/secrets/hf]
        secrets: [hf]
"""
            },
            id="a file",
        ),
        pytest.param(
            {
                "compose.yaml": """
    services:
      llm:
        image: vllm/vllm-openai:v0.11.0
        environment: [HF_TOKEN=hf_abcdefghijklmnopqrstuvwxyz]
"""
            },
            id="written down is another rule's",
        ),
    ],
)
def test_not_caught(tmp_path: Path, files: dict[str, str]) -> None:
    assert places(tmp_path, "AI402", files) == []
