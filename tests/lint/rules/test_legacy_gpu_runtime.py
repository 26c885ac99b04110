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
        runtime: nvidia
"""
            },
            ["compose.yaml:4"],
            id="alone",
        ),
        pytest.param(
            {
                "compose.yaml": """
    services:
      llm:
        image: vllm/vllm-openai:v0.11.0
        runtime: nvidia
        gpus: [{count: 1}]
"""
            },
            ["compose.yaml:4"],
            id="beside a reservation",
        ),
        pytest.param(
            {
                "compose.yaml": """
    x-gpu: &gpu
      runtime: nvidia
    services:
      llm:
        <<: *gpu
        image: vllm/vllm-openai:v0.11.0
"""
            },
            ["compose.yaml:2"],
            id="through an anchor",
        ),
    ],
)
def test_caught(tmp_path: Path, files: dict[str, str], expected: list[str]) -> None:
    assert places(tmp_path, "AI206", files) == expected


@pytest.mark.parametrize(
    "files",
    [
        pytest.param(
            {
                "compose.yaml": """
    services:
      llm:
        image: vllm/vllm-openai:v0.11.0
        runtime: runc
        gpus: all
"""
            },
            id="another runtime",
        ),
    ],
)
def test_not_caught(tmp_path: Path, files: dict[str, str]) -> None:
    assert places(tmp_path, "AI206", files) == []


def test_what_it_gave_is_reserved(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "compose.yaml": """
        services:
          llm:
            image: vllm/vllm-openai:v0.11.0
            runtime: nvidia # old
            environment:
              NVIDIA_VISIBLE_DEVICES: "1,2"
    """
        },
    )
    assert (
        mended(tmp_path, "AI206")["compose.yaml"]
        == """\
services:
  llm:
    image: vllm/vllm-openai:v0.11.0
    environment:
      NVIDIA_VISIBLE_DEVICES: "1,2"
    deploy:
      resources:
        reservations:
          devices:
            - driver: nvidia
              device_ids: ["1", "2"]
              capabilities: [gpu]
"""
    )


def test_beside_a_reservation_only_the_runtime_goes(tmp_path: Path) -> None:
    text = "services: {{a: {{image: vllm/vllm-openai{}, gpus: all}}}}\n"
    write(tmp_path, {"compose.yaml": text.format(", runtime: nvidia")})
    assert mended(tmp_path, "AI206")["compose.yaml"] == text.format("")
