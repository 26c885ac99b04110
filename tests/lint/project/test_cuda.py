from __future__ import annotations

from pathlib import Path

import pytest

from argosy.dockerfiles.parse import parse
from argosy.lint.project.cuda import build_of, major, torch_above, torch_of, uses_system_cuda
from argosy.lint.project.image import Image


def image(body: str) -> Image:
    dockerfile = parse(f"FROM python:3.12\n{body}\n", Path("Dockerfile"))
    return Image(dockerfile, dockerfile.final)


@pytest.mark.parametrize(
    ("body", "build"),
    [
        ("RUN pip install torch==2.2.0+cu121", "cu121"),
        ("RUN pip install torch -i https://download.pytorch.org/whl/cpu", "cpu"),
        ("RUN pip install torch --extra-index-url https://x.io/whl/nightly/cu128", "cu128"),
        ("RUN uv pip install torch --torch-backend=cu126", "cu126"),
        ("RUN uv pip install torch --torch-backend auto", ""),
        ("ENV UV_TORCH_BACKEND=cpu\nRUN uv pip install torch", "cpu"),
        ("RUN pip install torch==2.8.0+cpu && pip install timm", "cpu"),
        ("RUN pip install torch==2.8.0", ""),
    ],
)
def test_versions_indexes_and_variables_tell_the_build(body: str, build: str) -> None:
    made = image(body)
    torch = torch_of(made)
    assert torch is not None
    assert build_of(made, torch) == build


def test_packages_that_ask_for_torch_bring_it() -> None:
    brings = torch_of(image("RUN pip install fastapi ultralytics"))
    assert brings is not None
    assert brings.name == "ultralytics"
    assert torch_of(image("RUN pip install transformers")) is None


@pytest.mark.parametrize(
    ("packages", "uses"),
    [("torch", False), ("onnxruntime-gpu", True), ("cupy-cuda12x", True), ("rembg[gpu]", True)],
)
def test_names_show_who_loads_the_systems_libraries(packages: str, uses: bool) -> None:
    assert uses_system_cuda(image(f"RUN pip install {packages}")) is uses


def test_the_major_of_a_build() -> None:
    assert [major(one) for one in ("cu121", "cu130", "cpu", "", "rocm6.2")] == [
        12,
        13,
        None,
        None,
        None,
    ]


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ("RUN pip install timm", "timm"),
        ("RUN pip install torch onnxruntime-gpu", ""),
        ("RUN pip install flask", ""),
    ],
)
def test_torch_above_cuda_is_found_where_nothing_else_may_use_that(body: str, name: str) -> None:
    bases = {"nvidia/cuda:12.4.1-runtime-ubuntu22.04": name, "nvidia/cuda:12.4.1-base": ""}
    for base, expected in bases.items():
        dockerfile = parse(f"FROM {base}\n{body}\n", Path("Dockerfile"))
        found = torch_above(Image(dockerfile, dockerfile.final), "runtime")
        assert (found.name if found else "") == expected
