from __future__ import annotations

from pathlib import Path

import pytest

from argosy.dockerfiles.parse import parse
from argosy.lint.project.image import Image, matched


def image(text: str, target: str = "") -> Image:
    dockerfile = parse(text, Path("Dockerfile"))
    stage = dockerfile.stage(target) if target else dockerfile.final
    assert stage is not None
    return Image(dockerfile, stage)


@pytest.mark.parametrize(
    ("name", "source", "base"),
    [
        ("src/a.py", ".", ""),
        ("src/a.py", "/", ""),
        ("src/a.py", "src/", "src"),
        ("src/a.py", "./src/a.py", "src/a.py"),
        ("src/a.py", "s*", "src"),
        ("src/a.py", "*.py", None),
        ("src/a.py", "src/*.py", "src/a.py"),
        ("src", "src/a.py", None),
        ("a[1].py", "a[1].py", "a[1].py"),
        ("srcs/a.py", "src", None),
    ],
)
def test_a_source_stands_for_a_file_or_folder(name: str, source: str, base: str | None) -> None:
    assert matched(name, source) == base


STAGES = """\
FROM python:3.12 AS base
RUN pip install torch==2.8.0
FROM base AS build
RUN pip install flask
FROM base AS unused
RUN pip install wandb
FROM base AS final
COPY --from=build /a /a
ONBUILD RUN pip install django
USER app
"""


def test_what_takes_part_is_what_is_built_on_or_copied_from() -> None:
    made = image(STAGES)
    assert [one.name for one in made.stages] == ["base", "build", "final"]
    assert [one.name for one in made.packages] == ["torch", "flask"]
    assert made.package("wandb", "flask") is made.packages[1]
    assert [one.keyword for one in made.instructions] == ["RUN", "COPY", "USER"]
    assert (made.base.text, made.user) == ("python:3.12", "app")


def test_a_target_is_an_image_of_its_own() -> None:
    made = image(STAGES, "unused")
    assert [one.name for one in made.stages] == ["base", "unused"]


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("FROM vllm/vllm-openai:v0.11\n", True),
        ("FROM nvidia/cuda:12.4.1-base-ubuntu22.04\n", True),
        ("FROM python:3.12\nRUN pip install scikit-learn fastapi\n", True),
        ("FROM python:3.12\nRUN pip install vosk==0.3.45 fastapi\n", True),
        ("FROM python:3.12\nRUN uv pip install faster-whisper\n", True),
        ("FROM python:3.12\nCOPY model.onnx /m/\n", True),
        ("FROM python:3.12\nRUN pip install openai fastapi langchain\n", False),
        ("FROM nginx:1.29\nCOPY html /srv\n", False),
    ],
)
def test_an_image_holds_a_model_as_its_parts_show(text: str, holds: bool) -> None:
    assert image(text).holds_model is holds


def test_a_piece_of_the_base_is_where_it_is_written() -> None:
    made = image("FROM nvidia/cuda:12.4.1-devel-ubi9 AS a\nFROM a\n")
    at = made.base_piece("devel")
    assert at is not None
    assert made.dockerfile.text[at.start : at.end] == "devel"
    assert image("ARG B=nvidia/cuda:1-devel\nFROM $B\n").base_piece("devel") is None
