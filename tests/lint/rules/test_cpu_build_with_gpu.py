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
      app:
        build: .
        gpus: all
""",
                "Dockerfile": """
    FROM python:3.12-slim
    RUN pip install torch==2.8.0 --index-url https://download.pytorch.org/whl/cpu
""",
            },
            ["Dockerfile:2"],
            id="torch for CPUs",
        ),
        pytest.param(
            {
                "compose.yaml": """
    services:
      app:
        build: .
        gpus: all
""",
                "Dockerfile": """
    FROM python:3.12-slim
    RUN pip install torch==2.8.0+cpu
""",
            },
            ["Dockerfile:2"],
            id="its version says so",
        ),
        pytest.param(
            {
                "compose.yaml": """
    services:
      app:
        build: .
        gpus: all
""",
                "Dockerfile": """
    FROM python:3.12-slim
    RUN pip install torch==2.8.0
    COPY app.py .
""",
                "app.py": """
    import torch

    device = "cuda" if torch.cuda.is_available() else "cpu"
""",
            },
            ["app.py:3"],
            id="a program that falls back",
        ),
        pytest.param(
            {
                "compose.yaml": """
    services:
      app:
        build: .
        gpus: all
""",
                "Dockerfile": """
    FROM python:3.12-slim
    RUN pip install onnxruntime==1.23.0
""",
            },
            ["Dockerfile:2"],
            id="onnxruntime for CPUs",
        ),
    ],
)
def test_caught(tmp_path: Path, files: dict[str, str], expected: list[str]) -> None:
    assert places(tmp_path, "AI204", files) == expected


@pytest.mark.parametrize(
    "files",
    [
        pytest.param(
            {
                "compose.yaml": """
    services:
      app:
        build: .
""",
                "Dockerfile": """
    FROM python:3.12-slim
    RUN pip install torch==2.8.0+cpu
""",
            },
            id="no GPU is reserved",
        ),
        pytest.param(
            {
                "compose.yaml": """
    services:
      app:
        build: .
        gpus: all
""",
                "Dockerfile": """
    FROM python:3.12-slim
    RUN pip install torch==2.8.0
    COPY app.py .
""",
                "app.py": """
    import torch

    assert torch.cuda.is_available(), "no GPU"
    device = "cuda" if torch.cuda.is_available() else "cpu"
""",
            },
            id="a program that insists",
        ),
        pytest.param(
            {
                "compose.yaml": """
    services:
      app:
        build: .
        gpus: all
""",
                "Dockerfile": """
    FROM python:3.12-slim
    RUN pip install onnxruntime-gpu==1.23.0
""",
            },
            id="the build for GPUs",
        ),
    ],
)
def test_not_caught(tmp_path: Path, files: dict[str, str]) -> None:
    assert places(tmp_path, "AI204", files) == []
