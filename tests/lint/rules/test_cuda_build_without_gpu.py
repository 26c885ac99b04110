from __future__ import annotations

from pathlib import Path

import pytest

from tests.lint.files import lines, lint_files, mended, write

RULE = "AI109"
SERVICE = "services:\n  model:\n    build: .\n"
SLIM = "FROM python:3.12-slim\n"
GPU = "    gpus: all\n"
LISTED = f"{SLIM}COPY r.txt .\nRUN pip install -r r.txt\n"


@pytest.mark.parametrize(
    ("files", "place"),
    [
        ({"Dockerfile": f"{SLIM}RUN pip install torch==2.8.0\n"}, ("Dockerfile", 2)),
        ({"Dockerfile": LISTED, "r.txt": "flask\ntorch==2.2.0+cu121\n"}, ("r.txt", 2)),
        ({"Dockerfile": LISTED, "r.txt": "sentence-transformers==5.1\n"}, ("r.txt", 1)),
    ],
    ids=["in RUN", "in a list, for CUDA", "brought along"],
)
def test_torch_for_cuda_in_a_service_without_gpu_is_found(
    tmp_path: Path, files: dict[str, str | bytes], place: tuple[str, int]
) -> None:
    assert lines(lint_files(tmp_path, {"compose.yaml": SERVICE, **files}, RULE)) == [place]


PROJECT = "[project]\ndependencies = ['torch']\n"
CPU = "https://download.pytorch.org/whl/cpu"


@pytest.mark.parametrize(
    "files",
    [
        {"Dockerfile": f"{SLIM}RUN pip install torch --index-url {CPU}\n"},
        {"Dockerfile": LISTED, "r.txt": f"--extra-index-url {CPU}\ntorch\n"},
        {"Dockerfile": f"{SLIM}RUN pip install torch==2.8.0+cpu\nRUN pip install timm\n"},
        {"Dockerfile": f"{SLIM}ENV PIP_EXTRA_INDEX_URL={CPU}\nRUN pip install torch\n"},
        {"Dockerfile": f"{SLIM}RUN uv pip install --system --torch-backend=cpu torch\n"},
        {"Dockerfile": f"{SLIM}RUN pip install torch==2.8.0+rocm6.4\n"},
        {"Dockerfile": f"{SLIM}RUN pip install torch\n", "compose.yaml": SERVICE + GPU},
        {"Dockerfile": f"{SLIM}RUN pip install torch\n", "compose.yaml": ""},
        {"Dockerfile": "FROM nvidia/cuda:12.4.1-base-ubuntu22.04\nRUN pip install torch\n"},
        {"Dockerfile": "FROM --platform=linux/arm64 python:3.12\nRUN pip install torch\n"},
        {"Dockerfile": f"{SLIM}RUN pip install scikit-learn\n"},
        {
            "Dockerfile": f"{SLIM}COPY . .\nRUN uv sync\n",
            "pyproject.toml": f"{PROJECT}[[tool.uv.index]]\nurl = '{CPU}'\n",
        },
        {
            "Dockerfile": f"{SLIM}COPY . .\nRUN conda env create\n",
            "environment.yml": "dependencies: [pytorch, cpuonly]\n",
        },
    ],
    ids=[
        "index", "index in the list", "version", "variable", "uv", "ROCm", "a GPU", "no service",
        "CUDA's base", "ARM", "no torch", "index of the project", "conda",
    ],
)  # fmt: skip
def test_other_builds_and_services_with_gpu_are_let_be(
    tmp_path: Path, files: dict[str, str | bytes]
) -> None:
    assert lines(lint_files(tmp_path, {"compose.yaml": SERVICE, **files}, RULE)) == []


def test_two_services_of_one_image_are_judged_together(tmp_path: Path) -> None:
    compose = f"{SERVICE}  other:\n    build: .\n    gpus: all\n"
    files = {"compose.yaml": compose, "Dockerfile": f"{SLIM}RUN pip install torch\n"}
    assert lines(lint_files(tmp_path, files, RULE)) == []


@pytest.mark.parametrize(
    ("file", "before", "after"),
    [
        ("Dockerfile", f"{SLIM}RUN pip install torch==2.8.0 && true\n",
         f"{SLIM}RUN pip install torch==2.8.0 --extra-index-url {CPU} && true\n"),
        ("Dockerfile", f"{SLIM}RUN uv pip install --system torch\n",
         f"{SLIM}RUN uv pip install --system torch --torch-backend cpu\n"),
        ("Dockerfile", f'{SLIM}RUN ["pip", "install", "torch"]\n',
         f'{SLIM}RUN ["pip", "install", "torch"]\n'),
        ("r.txt", "# ours\ntorch==2.8.0\n", f"--extra-index-url {CPU}\n# ours\ntorch==2.8.0\n"),
        ("r.txt", "torch==2.2.0+cu121\n", "torch==2.2.0+cu121\n"),
        ("r.txt", "torch==2.8.0 --hash=sha256:00\n", "torch==2.8.0 --hash=sha256:00\n"),
    ],
)  # fmt: skip
def test_the_index_for_cpus_is_named_where_that_is_enough(
    tmp_path: Path, file: str, before: str, after: str
) -> None:
    write(tmp_path, {"compose.yaml": SERVICE, "Dockerfile": LISTED, file: before})
    assert mended(tmp_path, RULE, unsafe=True)[file] == after


def test_a_list_that_an_image_with_gpu_shares_is_not_touched(tmp_path: Path) -> None:
    compose = """
        services:
          cpu:
            build: .
          gpu:
            build: {context: ., dockerfile: gpu.Dockerfile}
            gpus: all
    """
    files = {
        "compose.yaml": compose,
        "Dockerfile": LISTED,
        "gpu.Dockerfile": LISTED,
        "r.txt": "torch\n",
    }
    write(tmp_path, files)
    assert mended(tmp_path, RULE, unsafe=True)["r.txt"] == "torch\n"
