from __future__ import annotations

from pathlib import Path

import pytest

from tests.lint.files import lines, lint_files, mended, write

RULE = "AI107"
CUDNN = "FROM nvidia/cuda:12.1.0-cudnn8-runtime-ubuntu22.04\n"


@pytest.mark.parametrize("package", ["torch==2.8.0", "vllm==0.11.0", "sentence-transformers"])
def test_cudnn_below_torch_is_found(tmp_path: Path, package: str) -> None:
    files = {"Dockerfile": f"{CUDNN}RUN pip install {package} fastapi\n"}
    report = lint_files(tmp_path, files, RULE)
    assert lines(report) == [("Dockerfile", 1)]
    assert report.found[0].severity == "info"


@pytest.mark.parametrize(
    "package",
    ["onnxruntime-gpu==1.20", "faster-whisper", "tensorflow", "paddlepaddle-gpu", "rembg[gpu]"],
)
def test_what_loads_the_systems_cudnn_may_have_it(tmp_path: Path, package: str) -> None:
    files = {
        "Dockerfile": f"{CUDNN}RUN pip install torch\nCOPY r.txt .\nRUN pip install -r r.txt\n",
        "r.txt": f"{package}\n",
    }
    assert lines(lint_files(tmp_path, files, RULE)) == []


@pytest.mark.parametrize(
    "dockerfile",
    [
        f"{CUDNN}RUN ./build\n",
        "FROM nvidia/cuda:12.1.0-runtime-ubuntu22.04\nRUN pip install torch\n",
        "FROM pytorch/pytorch:2.8.0-cuda12.6-cudnn9-runtime\nRUN pip install torch\n",
    ],
    ids=["nobody knows", "without cuDNN", "torch's own base"],
)
def test_it_is_silent_where_nobody_knows(tmp_path: Path, dockerfile: str) -> None:
    assert lines(lint_files(tmp_path, {"Dockerfile": dockerfile}, RULE)) == []


def test_cudnn_is_taken_out_of_the_name(tmp_path: Path) -> None:
    write(tmp_path, {"Dockerfile": f"{CUDNN}RUN pip install torch\n"})
    assert mended(tmp_path, RULE, unsafe=True) == {
        "Dockerfile": "FROM nvidia/cuda:12.1.0-runtime-ubuntu22.04\nRUN pip install torch\n"
    }
