from __future__ import annotations

from pathlib import Path

import pytest

from argosy.lint.run import lint
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
        environment:
          GPU_MEMORY_UTILIZATION: 0.85
"""
            },
            ["compose.yaml:5"],
            id="a mapping",
        ),
        pytest.param(
            {
                "compose.yaml": """
    services:
      llm:
        image: vllm/vllm-openai:v0.11.0
        environment: [VLLM_GPU_MEMORY_UTILIZATION=0.85]
"""
            },
            ["compose.yaml:4"],
            id="a list",
        ),
    ],
)
def test_caught(tmp_path: Path, files: dict[str, str], expected: list[str]) -> None:
    assert places(tmp_path, "AI211", files) == expected


@pytest.mark.parametrize(
    "files",
    [
        pytest.param(
            {
                "compose.yaml": """
    services:
      llm:
        image: vllm/vllm-openai:v0.11.0
        environment: {GPU_MEMORY_UTILIZATION: 0.85}
        entrypoint: sh -c 'vllm serve a/b --gpu-memory-utilization $$GPU_MEMORY_UTILIZATION'
"""
            },
            id="the command uses it",
        ),
        pytest.param(
            {
                "compose.yaml": """
    services:
      llm:
        image: org/own-server:1
        environment: {GPU_MEMORY_UTILIZATION: 0.85}
"""
            },
            id="another engine",
        ),
    ],
)
def test_not_caught(tmp_path: Path, files: dict[str, str]) -> None:
    assert places(tmp_path, "AI211", files) == []


def test_it_becomes_a_flag(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "compose.yaml": """
        services:
          llm:
            image: vllm/vllm-openai:v0.11.0
            command: --model a/b
            environment:
              GPU_MEMORY_UTILIZATION: 0.85
              HF_HOME: /cache
    """
        },
    )
    assert (
        mended(tmp_path, "AI211", unsafe=True)["compose.yaml"]
        == """\
services:
  llm:
    image: vllm/vllm-openai:v0.11.0
    command: --model a/b --gpu-memory-utilization 0.85
    environment:
      HF_HOME: /cache
"""
    )


def test_a_variable_whose_name_is_no_expression_breaks_nothing(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "compose.yaml": """
        services:
          llm:
            image: vllm/vllm-openai:v0.11.0
            environment: {"A(": "1"}
    """
        },
    )
    report = lint([tmp_path])
    assert (report.faults, [one for one in report.found if one.rule.code == "AI211"]) == ((), [])
