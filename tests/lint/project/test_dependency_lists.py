from __future__ import annotations

from pathlib import Path

import pytest

from argosy.lint.project.reading import read
from tests.lint.files import write

SLIM = "FROM python:3.12-slim\n"
POETRY = '[tool.poetry.dependencies]\ntorch = "^2"\n'
GROUP = '[tool.poetry.group.dev.dependencies]\nnotebook = "^7"\n'


def asked(folder: Path, files: dict[str, str | bytes]) -> dict[str, list[str]]:
    write(folder, files)
    return {
        one.file.relative_to(folder).as_posix(): [package.name for package in one.packages]
        for one in read([folder]).requirements
    }


@pytest.mark.parametrize(
    ("run", "file", "names"),
    [
        ("poetry install", "pyproject.toml", ["torch", "notebook"]),
        ("poetry export -o r.txt", "pyproject.toml", ["torch"]),
        ("pdm sync", "pyproject.toml", ["torch", "notebook"]),
        ("pdm sync --prod", "pyproject.toml", ["torch"]),
        ("pipenv install --system --deploy", "Pipfile", ["transformers"]),
        ("conda env create", "environment.yml", ["pytorch", "flask"]),
        ("mamba env update -f /tmp/environment.yml", "environment.yml", ["pytorch", "flask"]),
        ("micromamba install -y -n base --file=conda/gpu.yml", "conda/gpu.yml", ["pytorch"]),
        ("micromamba create -p /env -f gpu.yml", "conda/gpu.yml", ["pytorch"]),
    ],
)  # fmt: skip
def test_what_a_build_installs_is_read_from_its_list(
    tmp_path: Path, run: str, file: str, names: list[str]
) -> None:
    files: dict[str, str | bytes] = {
        "Dockerfile": f"{SLIM}RUN pip install onnxruntime\nCOPY . .\nRUN {run}\n",
        "pyproject.toml": POETRY + GROUP,
        "Pipfile": '[packages]\ntransformers = "*"\n[dev-packages]\npytest = "*"\n',
        "environment.yml": "dependencies: [pytorch, {pip: [-r more.txt]}]\n",
        "more.txt": "flask\n",
        "conda/gpu.yml": "dependencies: [pytorch]\n",
    }
    assert asked(tmp_path, files) == {file: names}


def test_the_project_that_is_copied_by_name_is_the_one(tmp_path: Path) -> None:
    copies = "COPY serve/pyproject.toml serve/poetry.lock* ./\nRUN poetry install\nCOPY . .\n"
    files: dict[str, str | bytes] = {
        "Dockerfile": SLIM + copies,
        "pyproject.toml": "",
        "serve/pyproject.toml": POETRY,
    }
    assert asked(tmp_path, files) == {"serve/pyproject.toml": ["torch"]}


def test_what_one_of_two_images_installs_counts(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "pyproject.toml": POETRY + GROUP,
        "a.Dockerfile": f"{SLIM}COPY . .\nRUN poetry install\n",
        "b.Dockerfile": f"{SLIM}COPY . .\nRUN poetry install --only main\n",
    }
    assert asked(tmp_path, files) == {"pyproject.toml": ["torch", "notebook"]}


@pytest.mark.parametrize(
    ("lock", "is_locked"),
    [
        ("poetry.lock", True),
        ("uv.lock", True),
        ("pdm.lock", True),
        ("Pipfile.lock", False),
        ("", False),
    ],
)
def test_a_lock_beside_a_project_is_seen(tmp_path: Path, lock: str, is_locked: bool) -> None:
    dockerfile = f"{SLIM}COPY . .\nRUN poetry install\n"
    write(tmp_path, {"Dockerfile": dockerfile, "pyproject.toml": POETRY, lock or "x": ""})
    (found,) = read([tmp_path]).requirements
    assert found.locked is is_locked


@pytest.mark.parametrize(("lock", "is_locked"), [("Pipfile.lock", True), ("uv.lock", False)])
def test_a_lock_beside_a_pipfile_is_its_own(tmp_path: Path, lock: str, is_locked: bool) -> None:
    dockerfile = f"{SLIM}COPY app/Pipfile* ./\nRUN pipenv sync\n"
    text = '[packages]\ntorch = "*"\n'
    write(tmp_path, {"Dockerfile": dockerfile, "app/Pipfile": text, f"app/{lock}": ""})
    found = read([tmp_path]).requirements
    assert [one.locked for one in found] == [is_locked]


def test_a_list_of_conda_alone_counts_where_it_names_a_models_package(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "environment.yml": "dependencies: [pytorch]\n",
        "web/environment.yml": "dependencies: [django]\n",
        "a/conda.yaml": "dependencies:\n  - pip: [torch]\n",
        "a/environment.yaml": "services: {}\n",
        "a/pyproject.toml": POETRY,
    }
    assert asked(tmp_path, files) == {"environment.yml": ["pytorch"], "a/conda.yaml": ["torch"]}


@pytest.mark.parametrize(
    ("name", "text"), [("pyproject.toml", POETRY), ("Pipfile", "[packages]\ntorch = '*'\n")]
)
def test_a_project_that_is_named_counts_by_itself(tmp_path: Path, name: str, text: str) -> None:
    write(tmp_path, {name: text})
    (found,) = read([tmp_path / name]).requirements
    assert [one.name for one in found.packages] == ["torch"]


@pytest.mark.parametrize(
    ("files", "problems"),
    [
        ({"environment.yml": b"\xff"}, ["environment.yml:1:1: the file is not UTF-8"]),
        (
            {"environment.yml": "dependencies: [pytorch\n"},
            ["environment.yml:1:15: this [ is never closed, or a comma is missing after it"],
        ),
        (
            {"requirements.txt": "torch\n# caf\u00e9\n".encode("latin-1")},
            ["requirements.txt:2:6: the file is not UTF-8"],
        ),
        (
            {"requirements.txt/x": "", "environment.yaml/x": ""},
            [
                "environment.yaml:1:1: this is a folder where a file is meant",
                "requirements.txt:1:1: this is a folder where a file is meant",
            ],
        ),
        (
            {"requirements.txt": "-r more.txt\n-r gone.txt\n", "more.txt": b"a\xff"},
            ["more.txt:1:2: the file is not UTF-8"],
        ),
        (
            {"Dockerfile": f"{SLIM}COPY . .\nRUN uv sync && pip install torch\n",
             "pyproject.toml": "[project]\ndependencies = [\n"},
            ["pyproject.toml:2:1: this is not TOML: invalid value"],
        ),
        (
            {"argosy.yaml": "models: {a: {code: a}}\n", "a/pyproject.toml/x": "",
             "a/requirements.txt": b"\xff"},
            [
                "a/pyproject.toml:1:1: this is a folder where a file is meant",
                "a/requirements.txt:1:1: the file is not UTF-8",
            ],
        ),
        ({"pyproject.toml": "[", "conda-lock.yml": b"\xff"}, []),
    ],
)  # fmt: skip
def test_a_list_that_cannot_be_read_is_a_problem_with_its_place(
    tmp_path: Path, files: dict[str, str | bytes], problems: list[str]
) -> None:
    write(tmp_path, files)
    found = read([tmp_path]).problems
    told = [
        f"{one.file.relative_to(tmp_path).as_posix()}:{one.line}:{one.column}: {one.what}"
        for one in found
    ]
    assert told == problems
    assert all(one.next_step for one in found)


def test_a_list_that_cannot_be_read_does_not_hide_the_others(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "environment.yml": "dependencies: [",
        "requirements.txt": "torch\n-r more.txt\n",
        "more.txt": b"\xff",
    }
    assert asked(tmp_path, files) == {"requirements.txt": ["torch"]}


def test_a_project_that_is_named_and_no_toml_is_a_problem(tmp_path: Path) -> None:
    write(tmp_path, {"pyproject.toml": "[project\n"})
    (found,) = read([tmp_path / "pyproject.toml"]).problems
    assert (found.line, found.column) == (1, 9)
