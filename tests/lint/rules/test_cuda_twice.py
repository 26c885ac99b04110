from __future__ import annotations

from pathlib import Path

import pytest

from tests.lint.files import lines, lint_files, mended, write

RULE = "AI108"
CUDA = "FROM nvidia/cuda:12.4.1-runtime-ubuntu22.04\n"


@pytest.mark.parametrize(
    ("install", "told"),
    [
        ("torch==2.6.0+cu124", "torch's wheel brings CUDA's libraries"),
        ("--index-url https://download.pytorch.org/whl/cu124 torch", "torch's wheel brings"),
        ("vllm", "`vllm` brings torch, and that CUDA's libraries"),
    ],
)
def test_torch_for_cuda_on_cudas_libraries_is_found(
    tmp_path: Path, install: str, told: str
) -> None:
    report = lint_files(tmp_path, {"Dockerfile": f"{CUDA}RUN pip install {install}\n"}, RULE)
    assert lines(report) == [("Dockerfile", 1)]
    assert report.found[0].finding.what.startswith(told)


@pytest.mark.parametrize(
    "dockerfile",
    [
        "FROM nvidia/cuda:12.4.1-base-ubuntu22.04\nRUN pip install torch\n",
        "FROM python:3.12-slim\nRUN pip install torch\n",
        f"{CUDA}RUN pip install torch --index-url https://download.pytorch.org/whl/cpu\n",
        f"{CUDA}RUN pip install torch==2.6.0+rocm6.2\n",
        f"{CUDA}RUN pip install torch onnxruntime-gpu\n",
        f"{CUDA}RUN pip install llama-cpp-python\n",
        f"{CUDA.strip()} AS b\nRUN pip install torch\nFROM python:3.12\nCOPY --from=b /x /x\n",
    ],
    ids=["base", "slim", "CPU", "ROCm", "another user", "no torch", "a stage of its own"],
)
def test_libraries_that_are_needed_or_there_once_are_let_be(
    tmp_path: Path, dockerfile: str
) -> None:
    assert lines(lint_files(tmp_path, {"Dockerfile": dockerfile}, RULE)) == []


@pytest.mark.parametrize("flavour", ["runtime", "devel", "cudnn-runtime", "cudnn8-devel"])
def test_base_takes_the_place_of_the_libraries(tmp_path: Path, flavour: str) -> None:
    rest = "RUN pip install torch\n"
    write(tmp_path, {"Dockerfile": f"FROM nvidia/cuda:12.4.1-{flavour}-ubuntu22.04\n{rest}"})
    assert mended(tmp_path, RULE, unsafe=True) == {
        "Dockerfile": f"FROM nvidia/cuda:12.4.1-base-ubuntu22.04\n{rest}"
    }
