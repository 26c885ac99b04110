from __future__ import annotations

from pathlib import Path

import pytest

from tests.lint.files import lines, lint_files, mended, write

RULE = "AI106"
DEVEL = "nvidia/cuda:12.6.3-devel-ubuntu24.04"


@pytest.mark.parametrize(
    "base",
    [
        DEVEL,
        "nvidia/cuda:12.6.3-cudnn-devel-ubuntu24.04",
        "pytorch/pytorch:2.8.0-cuda12.6-cudnn9-devel",
    ],
)
def test_a_devel_base_of_the_image_that_is_kept_is_found(tmp_path: Path, base: str) -> None:
    files = {"Dockerfile": f"ARG BASE={base}\nFROM $BASE AS all\nFROM all\nRUN true\n"}
    report = lint_files(tmp_path, files, RULE)
    assert lines(report) == [("Dockerfile", 2)]
    assert f"`{base}`" in report.found[0].finding.what


@pytest.mark.parametrize(
    "dockerfile",
    [
        "FROM nvidia/cuda:12.6.3-runtime-ubuntu24.04\n",
        (
            f"FROM {DEVEL} AS build\nFROM python:3.12-slim\nRUN pip install torch==2.8.0\n"
            "COPY --from=build /ext.so /\n"
        ),
        f"FROM {DEVEL}\nRUN pip install tensorrt-llm==1.0.0\n",
        "FROM python:3.12-slim AS devel\nRUN pip install torch==2.8.0\n",
    ],
    ids=["runtime", "a stage of its own", "compiles while it serves", "a stage of this name"],
)
def test_devel_that_is_not_kept_or_is_needed_is_let_be(tmp_path: Path, dockerfile: str) -> None:
    assert lines(lint_files(tmp_path, {"Dockerfile": dockerfile}, RULE)) == []


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (f"FROM {DEVEL} AS all\n", "FROM nvidia/cuda:12.6.3-runtime-ubuntu24.04 AS all\n"),
        (
            "ARG V=12.6.3\nFROM nvidia/cuda:$V-devel-ubi9\n",
            "ARG V=12.6.3\nFROM nvidia/cuda:$V-runtime-ubi9\n",
        ),
        (f"ARG BASE={DEVEL}\nFROM $BASE\n", f"ARG BASE={DEVEL}\nFROM $BASE\n"),
        (
            f"FROM {DEVEL} AS cuda\nFROM cuda AS build\nFROM cuda\nCOPY --from=build /a /a\n",
            f"FROM {DEVEL} AS cuda\nFROM cuda AS build\nFROM cuda\nCOPY --from=build /a /a\n",
        ),
    ],
    ids=["plain", "a variable beside it", "all of it a variable", "others build on it"],
)
def test_runtime_takes_its_place_where_nobody_else_needs_it(
    tmp_path: Path, before: str, after: str
) -> None:
    write(tmp_path, {"Dockerfile": before})
    assert mended(tmp_path, RULE, unsafe=True) == {"Dockerfile": after}
