from __future__ import annotations

from pathlib import Path

import pytest

from tests.lint.files import lines, lint_files, mended, write

RULE = "AI104"
LISTED: dict[str, str | bytes] = {
    "requirements.txt": "torch==2.8.0\n",
    "app.py": "",
    "src/app.py": "",
    "m.pt": b"1",
}


@pytest.mark.parametrize(
    ("body", "line"),
    [
        ("COPY . .\nRUN pip install -r requirements.txt", 2),
        ("COPY requirements.txt app.py ./\nRUN pip install -r requirements.txt", 2),
        ("ENV A=1\nADD src/ /app/\nRUN --mount=type=cache,target=/c pip install torch==2.8.0", 3),
        ("COPY . .\nRUN pip install -U pip && pip install torch==2.8.0", 2),
        ("COPY . .\nRUN pip install .", 2),
        ("COPY . .\nRUN pip install torch==2.8.0\nRUN poetry install", 2),
        ("COPY . .\nRUN uv sync --frozen", 2),
        ("COPY . .\nRUN poetry install --only main", 2),
        ("COPY . .\nRUN pdm sync --prod", 2),
        ("COPY . .\nRUN pipenv install --system", 2),
        ("COPY . .\nRUN conda env update -n base -f environment.yml", 2),
        ("COPY . .\nRUN micromamba install -y -n base pytorch", 2),
        ("COPY m.pt /m/\nCOPY src/ /app/", 2),
        ("COPY m.pt /m/\nRUN pip install -r requirements.txt\nCOPY src/ /app/", 2),
    ],
)
def test_what_changes_often_above_what_changes_rarely_is_found(
    tmp_path: Path, body: str, line: int
) -> None:
    files: dict[str, str | bytes] = {**LISTED, "Dockerfile": f"FROM python:3.12-slim\n{body}\n"}
    files["environment.yml"] = "dependencies: [pytorch]\n"
    files["Pipfile"] = '[packages]\ntorch = "*"\n'
    files["pyproject.toml"] = '[project]\nname = "a"\ndependencies = ["torch==2.8.0"]\n'
    assert lines(lint_files(tmp_path, files, RULE)) == [("Dockerfile", line)]


@pytest.mark.parametrize(
    "body",
    [
        "COPY requirements.txt .\nRUN pip install -r requirements.txt\nCOPY . .",
        "COPY requirements.txt .\nRUN pip install -r requirements.txt\nCOPY . .\nRUN pip install .",
        "COPY . .\nRUN pip install --no-deps .\nRUN python -c 'import torch'",
        (
            "RUN --mount=type=bind,source=uv.lock,target=uv.lock uv sync --no-install-project\n"
            "COPY . .\nRUN uv sync --locked"
        ),
        (
            "COPY pyproject.toml poetry.lock ./\nRUN poetry install --no-root\nCOPY . .\n"
            "RUN poetry install"
        ),
        "COPY src/__init__.py src/\nRUN pip install torch==2.8.0\nCOPY src/ src/",
        "RUN pip install torch==2.8.0\nCOPY src/ /app/\nCOPY m.pt /m/",
        "COPY . .\nRUN pip install --upgrade pip",
        "COPY . .\nRUN poetry export -o r.txt",
        "COPY package/ /app/package/\nCOPY src/ /app/\nCOPY m.pt /m/",
    ],
)
def test_the_right_order_is_let_be(tmp_path: Path, body: str) -> None:
    files: dict[str, str | bytes] = {
        **LISTED,
        "Dockerfile": f"FROM pytorch/pytorch:2.8.0\n{body}\n",
    }
    assert lines(lint_files(tmp_path, files, RULE)) == []


def test_the_base_stage_may_have_installed_what_the_project_needs(tmp_path: Path) -> None:
    dockerfile = """
        FROM python:3.12-slim AS base
        COPY requirements.txt .
        RUN pip install -r requirements.txt
        FROM base
        COPY . .
        RUN pip install .
    """
    assert lines(lint_files(tmp_path, {**LISTED, "Dockerfile": dockerfile}, RULE)) == []


def test_folders_that_hold_a_python_package_are_no_weights(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        **LISTED,
        "Dockerfile": "FROM pytorch/pytorch:2.8.0\nCOPY models/ models/\nCOPY app.py .\n",
        "models/net.py": "",
    }
    assert lines(lint_files(tmp_path, files, RULE)) == []


def test_the_list_is_copied_first_and_the_code_after_the_install(tmp_path: Path) -> None:
    before = """
        FROM python:3.12-slim
        WORKDIR /app
        COPY --chown=app . .   # all of it
        ENV A=1
        RUN apt-get update && apt-get install -y curl
        RUN pip install --upgrade pip
        RUN pip install \\
            -r requirements.txt
        CMD ["python", "app.py"]
    """.replace("   # all of it", "")
    after = """
        FROM python:3.12-slim
        WORKDIR /app
        COPY --chown=app requirements.txt .
        ENV A=1
        RUN apt-get update && apt-get install -y curl
        RUN pip install --upgrade pip
        RUN pip install \\
            -r requirements.txt
        COPY --chown=app . .
        CMD ["python", "app.py"]
    """
    write(tmp_path / "after", {"Dockerfile": after})
    write(tmp_path / "before", {**LISTED, "Dockerfile": before})
    found = mended(tmp_path / "before", RULE, unsafe=True)
    assert found["Dockerfile"] == (tmp_path / "after" / "Dockerfile").read_text()


@pytest.mark.parametrize(
    "body",
    [
        "COPY . .\nRUN python prepare.py\nRUN pip install -r requirements.txt",
        "COPY . .\nWORKDIR /other\nRUN pip install -r requirements.txt",
        "COPY . .\nRUN pip install -r included.txt",
        "COPY . .\nRUN pip install -r requirements.txt -r more.txt",
        "COPY . .\nRUN pip install .",
    ],
)
def test_nothing_is_moved_where_what_stands_between_may_need_the_code(
    tmp_path: Path, body: str
) -> None:
    text = f"FROM pytorch/pytorch:2.8.0\n{body}\n"
    write(tmp_path, {**LISTED, "Dockerfile": text, "included.txt": "-r requirements.txt\n"})
    assert mended(tmp_path, RULE, unsafe=True)["Dockerfile"] == text
