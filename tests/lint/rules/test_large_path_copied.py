from __future__ import annotations

from pathlib import Path

import pytest

from argosy.lint.project.facts import Thresholds
from argosy.lint.settings import Settings
from tests.lint.files import lines, lint_files

RULE = "AI102"
TORCH = "FROM python:3.12-slim\nRUN pip install torch==2.8.0\n"
SMALL = Settings(thresholds=Thresholds(large_path=100_000))


@pytest.mark.parametrize(
    "copy", ["COPY . .", "COPY data /data", "ADD data/a.csv data/b.csv /data/", "COPY dat? /data"]
)
def test_what_is_copied_at_once_is_added_up(tmp_path: Path, copy: str) -> None:
    files: dict[str, str | bytes] = {
        "Dockerfile": f"{TORCH}{copy}\n",
        "data/a.csv": bytes(60_000),
        "data/b.csv": bytes(70_000),
    }
    report = lint_files(tmp_path, files, RULE, SMALL)
    assert lines(report) == [("Dockerfile", 3)]
    assert "130 kB go into the image, most of it `data/b.csv`" in report.found[0].finding.what


@pytest.mark.parametrize(
    "files",
    [
        {"Dockerfile": f"{TORCH}COPY data/a.csv /data/\n"},
        {"Dockerfile": f"{TORCH}COPY . .\n", ".dockerignore": "data\n"},
        {"Dockerfile": f"{TORCH}COPY src /src\n"},
        {"Dockerfile": f"{TORCH}COPY model.pt /m/\n", "model.pt": bytes(500_000)},
        {"Dockerfile": f"FROM python:3.12 AS b\nCOPY . /w\n{TORCH}COPY --from=b /w/src /src\n"},
    ],
    ids=["small", "ignored", "elsewhere", "weights have a rule of their own", "not kept"],
)
def test_what_does_not_come_into_the_image_or_is_small_is_let_be(
    tmp_path: Path, files: dict[str, str | bytes]
) -> None:
    files = {"data/a.csv": bytes(60_000), "data/b.csv": bytes(70_000), "src/a.py": "", **files}
    assert lines(lint_files(tmp_path, files, RULE, SMALL)) == []


def test_a_folder_called_build_is_looked_into_and_an_environment_is_not(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "Dockerfile": f"{TORCH}COPY build /srv\nCOPY lib /lib\n",
        "build/blob": bytes(200_000),
        "lib/pyvenv.cfg": "",
        "lib/blob": bytes(200_000),
    }
    assert lines(lint_files(tmp_path, files, RULE, SMALL)) == [("Dockerfile", 3)]
