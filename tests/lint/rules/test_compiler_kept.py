from __future__ import annotations

from pathlib import Path

import pytest

from tests.lint.files import lines, lint_files

RULE = "AI111"
TORCH = "FROM python:3.12-slim\nRUN pip install torch==2.8.0\n"


@pytest.mark.parametrize(
    ("run", "names"),
    [
        ("apt-get update && apt-get install -y build-essential curl", "`build-essential` stays"),
        ("apt-get install -y gcc-12 g++ python3-dev", "`gcc-12`, `g++`, `python3-dev` stay"),
        ("apt-get install -y cmake=3.25 && rm -rf /var/lib/apt/lists/*", "`cmake=3.25` stays"),
        ("apk add --no-cache build-base", "`build-base` stays"),
        ('dnf groupinstall -y "Development Tools"', "`Development Tools` stays"),
        ("apt-get install -y gcc make && apt-get purge -y make", "`gcc` stays"),
    ],
)
def test_a_compiler_that_stays_is_found(tmp_path: Path, run: str, names: str) -> None:
    report = lint_files(tmp_path, {"Dockerfile": f"{TORCH}RUN {run}\n"}, RULE)
    assert lines(report) == [("Dockerfile", 3)]
    assert report.found[0].finding.what.startswith(names)


@pytest.mark.parametrize(
    "run",
    [
        "apt-get install -y gcc && pip install x && apt-get purge -y --auto-remove gcc",
        "apk add --virtual .build gcc musl-dev && pip install x && apk del .build",
        "apt-get install -y libgomp1 ffmpeg git",
        "pip install cmake",
        "echo apt-get install gcc",
    ],
)
def test_what_is_removed_at_once_or_no_compiler_is_let_be(tmp_path: Path, run: str) -> None:
    assert lines(lint_files(tmp_path, {"Dockerfile": f"{TORCH}RUN {run}\n"}, RULE)) == []


def test_a_compiler_of_a_later_step_s_removal_stays_in_its_layer(tmp_path: Path) -> None:
    dockerfile = f"{TORCH}RUN apt-get install -y gcc\nRUN apt-get purge -y gcc\n"
    assert lines(lint_files(tmp_path, {"Dockerfile": dockerfile}, RULE)) == [("Dockerfile", 3)]


def test_a_stage_of_its_own_may_compile(tmp_path: Path) -> None:
    dockerfile = f"FROM debian AS b\nRUN apt-get install -y gcc\n{TORCH}COPY --from=b /x /x\n"
    assert lines(lint_files(tmp_path, {"Dockerfile": dockerfile}, RULE)) == []


@pytest.mark.parametrize(
    ("body", "caught"),
    [
        ("RUN pip install vllm==0.11\nRUN apt-get install -y gcc", []),
        ("COPY serve.py .\nRUN apt-get install -y gcc g++", []),
        ("RUN pip install vllm==0.11\nRUN apt-get install -y build-essential", [4]),
    ],
    ids=["vLLM", "torch.compile", "more than it needs"],
)
def test_what_compiles_while_it_serves_may_keep_gcc(
    tmp_path: Path, body: str, caught: list[int]
) -> None:
    files = {"Dockerfile": f"{TORCH}{body}\n", "serve.py": "model = torch.compile(model)\n"}
    assert [one.line for one in lint_files(tmp_path, files, RULE).found] == caught
