from __future__ import annotations

from pathlib import Path

import pytest

from tests.lint.files import lines, lint_files, mended, write

RULE = "AI105"
TORCH = "FROM python:3.12-slim\nRUN pip install torch==2.8.0\n"
EVERYTHING = f"{TORCH}COPY . .\n"


@pytest.mark.parametrize("copy", ["COPY . .", "ADD ./ /app", "COPY src/ /app/src/", "COPY * ./"])
def test_folders_are_copied_and_nothing_says_what_stays_behind(tmp_path: Path, copy: str) -> None:
    files: dict[str, str | bytes] = {"Dockerfile": f"{TORCH}{copy}\n", "src/app.py": ""}
    assert lines(lint_files(tmp_path, files, RULE)) == [("Dockerfile", 3)]


@pytest.mark.parametrize(
    ("ignored", "left"),
    [
        ("*.md", "`.git`, `src/__pycache__`, `.env`, `a.safetensors`"),
        (".*\n**/__pycache__\n", "`a.safetensors`"),
        ("*\n!src\n", "`src/__pycache__`"),
        ("**/*.safetensors\n**/__pycache__\n.git/\n/.env\n", ""),
        ("# all but the code\n*\n!src/*.py\n", ""),
    ],
)
def test_what_a_dockerignore_lets_in_is_named(tmp_path: Path, ignored: str, left: str) -> None:
    files: dict[str, str | bytes] = {
        "Dockerfile": EVERYTHING,
        ".dockerignore": ignored,
        ".git/config": "",
        ".env": "",
        "src/__pycache__/a.pyc": b"",
        "src/app.py": "",
        "a.safetensors": b"1",
    }
    told = [one.finding.what for one in lint_files(tmp_path, files, RULE).found]
    assert told == ([f"the .dockerignore lets {left} into the build"] if left else [])


@pytest.mark.parametrize(
    "files",
    [
        {"Dockerfile": f"{TORCH}COPY app.py requirements.txt ./\n"},
        {"Dockerfile": f"{TORCH}COPY --from=build /app /app\n"},
        {"Dockerfile": TORCH},
        {"Dockerfile": EVERYTHING, "Dockerfile.dockerignore": "**/*.pt\n"},
        {
            "Dockerfile": f"{TORCH}COPY models/ /m/\n",
            ".dockerignore": ".git\n",
            "models/a.pt": b"1",
        },
    ],
    ids=["files alone", "another stage", "nothing", "one of its own", "weights that are wanted"],
)
def test_it_says_nothing_where_nothing_slips_in(
    tmp_path: Path, files: dict[str, str | bytes]
) -> None:
    assert lines(lint_files(tmp_path, {"app.py": "", **files}, RULE)) == []


def test_a_new_dockerignore_names_what_no_build_needs(tmp_path: Path) -> None:
    write(tmp_path, {"Dockerfile": EVERYTHING, "app.py": ""})
    assert mended(tmp_path, RULE)[".dockerignore"].split() == [
        ".git",
        ".venv",
        "venv",
        "**/__pycache__",
        "**/*.pyc",
        "**/.ipynb_checkpoints",
        "**/.cache",
        "**/node_modules",
        "wandb",
        "mlruns",
        "**/.env",
        "**/*.safetensors",
        "**/*.gguf",
        "**/*.pt",
        "**/*.pth",
        "**/*.ckpt",
    ]


def test_what_is_there_and_may_be_in_use_is_not_taken_out_of_the_build(tmp_path: Path) -> None:
    dockerfile = f"{TORCH}COPY a.ckpt /m/\nCOPY .venv /v\nCOPY . .\nRUN pip install .\n"
    write(
        tmp_path,
        {"Dockerfile": dockerfile, "m/a.pt": b"1", ".env": "A=1", "mlruns/0/meta.yaml": ""},
    )
    made = mended(tmp_path, RULE)[".dockerignore"].split()
    assert not {".git", "**/.env", "**/*.pt", "**/*.ckpt", "mlruns"} & {*made}
    assert ".venv" not in made
    assert {"venv", "**/*.gguf"} <= {*made}


def test_a_dockerignore_that_is_there_gets_only_the_lines_that_lack(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "Dockerfile": EVERYTHING,
        ".dockerignore": "# ours\n*.md",
        ".git/config": "",
        "src/__pycache__/a.pyc": b"",
        "a.pt": b"1",
        "src/app.py": "",
    }
    write(tmp_path, files)
    assert mended(tmp_path, RULE)[".dockerignore"] == "# ours\n*.md\n.git\n**/__pycache__\n"
