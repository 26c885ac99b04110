from __future__ import annotations

from pathlib import Path

import pytest

from tests.lint.files import lines, lint_files, mended, write

RULE = "AI112"
SLIM = "FROM pytorch/pytorch:2.8.0\n"


@pytest.mark.parametrize(
    "run",
    [
        "pip install torch",
        "pip3 install -r r.txt && pip3 install flask",
        "/opt/venv/bin/pip install torch",
        "python3.11 -m pip install torch",
        "uv pip install --system torch",
        "uv sync --frozen",
        "--mount=type=cache,target=/data pip install torch",
        "PIP_NO_CACHE_DIR= pip install torch",
        "<<EOF\npip install torch\nEOF",
    ],
)
def test_a_cache_that_stays_is_found_once_per_step(tmp_path: Path, run: str) -> None:
    files = {"Dockerfile": f"{SLIM}RUN {run}\n"}
    assert lines(lint_files(tmp_path, files, RULE)) == [("Dockerfile", 2)]


@pytest.mark.parametrize(
    "body",
    [
        "RUN pip install --no-cache-dir torch",
        "RUN pip --no-cache-dir install torch",
        "RUN uv pip install -n torch",
        "ENV PIP_NO_CACHE_DIR=1\nRUN pip install torch",
        "ENV PIP_NO_CACHE_DIR=off\nRUN pip install torch",
        "RUN PIP_NO_CACHE_DIR=1 pip install torch",
        "ENV UV_NO_CACHE=1\nRUN uv sync",
        "RUN --mount=type=cache,target=/root/.cache/pip pip install torch",
        "RUN --mount=target=/root/.cache,type=cache uv sync",
        "RUN pip install torch && rm -rf /root/.cache",
        "RUN pip install torch && pip cache purge",
        "RUN pip config set global.no-cache-dir true\nRUN pip install torch",
        "RUN pip download torch",
        "RUN uv export --no-dev -o r.txt",
        "RUN poetry install",
        "RUN conda env create -f environment.yml",
    ],
)
def test_what_keeps_no_cache_is_let_be(tmp_path: Path, body: str) -> None:
    assert lines(lint_files(tmp_path, {"Dockerfile": f"{SLIM}{body}\n"}, RULE)) == []


def test_a_stage_that_is_not_kept_may_have_its_cache_and_the_base_stage_may_not(
    tmp_path: Path,
) -> None:
    dockerfile = """
        FROM python:3.12-slim AS base
        RUN pip install torch
        FROM base AS build
        RUN pip install --target /packages flask
        FROM base
        COPY --from=build /packages /packages
    """
    assert lines(lint_files(tmp_path, {"Dockerfile": dockerfile}, RULE)) == [("Dockerfile", 2)]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("pip install torch", "pip install --no-cache-dir torch"),
        (
            "pip install -U pip && \\\n    # ours\n    pip install \\\n      -r r.txt",
            (
                "pip install --no-cache-dir -U pip && \\\n    # ours\n"
                "    pip install --no-cache-dir \\\n      -r r.txt"
            ),
        ),
        ("uv sync --frozen", "uv sync --no-cache --frozen"),
        ("bash -c 'pip install torch'", "bash -c 'pip install --no-cache-dir torch'"),
        (
            "<<EOF\nset -e\npip install torch\nEOF",
            "<<EOF\nset -e\npip install --no-cache-dir torch\nEOF",
        ),
        ('["pip", "install", "torch"]', '["pip", "install", "torch"]'),
        (
            "pip install --no-cache-dir a; pip install b",
            "pip install --no-cache-dir a; pip install --no-cache-dir b",
        ),
    ],
)
def test_the_flag_is_put_behind_the_verb(tmp_path: Path, before: str, after: str) -> None:
    write(tmp_path, {"Dockerfile": f"{SLIM}RUN {before}\n"})
    assert mended(tmp_path, RULE) == {"Dockerfile": f"{SLIM}RUN {after}\n"}
