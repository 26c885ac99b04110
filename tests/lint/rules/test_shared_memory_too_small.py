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
        command: --model a/b --tensor-parallel-size 2
        gpus: [{count: 2}]
"""
            },
            ["compose.yaml:2"],
            id="tensor parallel",
        ),
        pytest.param(
            {
                "compose.yaml": """
    services:
      llm:
        image: vllm/vllm-openai:v0.11.0
        gpus: [{device_ids: ["0", "1"]}]
"""
            },
            ["compose.yaml:2"],
            id="two GPUs",
        ),
        pytest.param(
            {
                "compose.yaml": """
    services:
      llm:
        image: vllm/vllm-openai:v0.11.0
        shm_size: 256m
        gpus: [{count: 2}]
"""
            },
            ["compose.yaml:4"],
            id="still too small",
        ),
        pytest.param(
            {
                "compose.yaml": """
    services:
      app:
        build: .
""",
                "Dockerfile": """
    FROM python:3.12-slim
    COPY app.py .
""",
                "app.py": """
    import torch
    from torch.utils.data import DataLoader
    loader = DataLoader(data, batch_size=8, num_workers=4)
""",
            },
            ["compose.yaml:2"],
            id="PyTorch's workers",
        ),
    ],
)
def test_caught(tmp_path: Path, files: dict[str, str], expected: list[str]) -> None:
    assert places(tmp_path, "AI212", files) == expected


@pytest.mark.parametrize(
    "files",
    [
        pytest.param(
            {
                "compose.yaml": """
    services:
      llm:
        image: vllm/vllm-openai:v0.11.0
        gpus: [{count: 1}]
"""
            },
            id="one GPU",
        ),
        pytest.param(
            {
                "compose.yaml": """
    services:
      llm:
        image: vllm/vllm-openai:v0.11.0
        shm_size: 8gb
        gpus: [{count: 2}]
"""
            },
            id="enough",
        ),
        pytest.param(
            {
                "compose.yaml": """
    services:
      llm:
        image: vllm/vllm-openai:v0.11.0
        ipc: host
        gpus: [{count: 2}]
"""
            },
            id="the host's",
        ),
        pytest.param(
            {
                "compose.yaml": """
    services:
      llm:
        image: vllm/vllm-openai:v0.11.0
        tmpfs: ["/dev/shm:size=8g"]
        gpus: [{count: 2}]
"""
            },
            id="mounted",
        ),
        pytest.param(
            {
                "compose.yaml": """
    services:
      app:
        build: .
""",
                "Dockerfile": """
    FROM python:3.12-slim
    COPY app.py .
""",
                "app.py": """
    import torch
    loader = torch.utils.data.DataLoader(data, num_workers=0)
""",
            },
            id="no workers",
        ),
    ],
)
def test_not_caught(tmp_path: Path, files: dict[str, str]) -> None:
    assert places(tmp_path, "AI212", files) == []


def test_it_gets_8_gigabytes(tmp_path: Path) -> None:
    write(
        tmp_path,
        {
            "compose.yaml": """
        services:
          llm:
            image: vllm/vllm-openai:v0.11.0
            gpus: [{count: 2}]

          # what asks it
          app: {image: app}
    """
        },
    )
    assert (
        mended(tmp_path, "AI212")["compose.yaml"]
        == """\
services:
  llm:
    image: vllm/vllm-openai:v0.11.0
    gpus: [{count: 2}]
    shm_size: 8g

  # what asks it
  app: {image: app}
"""
    )
