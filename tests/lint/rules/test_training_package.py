from __future__ import annotations

from pathlib import Path

import pytest

from tests.lint.files import lines, lint_files, mended, write

RULE = "AI110"
LISTED = "FROM python:3.12-slim\nCOPY . .\nRUN pip install -r requirements.txt\n"


def test_packages_for_training_are_found_wherever_they_are_installed(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "Dockerfile": f"{LISTED}RUN pip install wandb==0.19\n",
        "requirements.txt": "torch==2.8.0\ntensorboard==2.18.0\nTensorBoardX\n",
    }
    assert lines(lint_files(tmp_path, files, RULE)) == [
        ("Dockerfile", 4),
        ("requirements.txt", 2),
        ("requirements.txt", 3),
    ]


POETRY = (
    '[tool.poetry.dependencies]\ntorch = "^2"\nmlflow = "^2"\n'
    '[tool.poetry.group.Dev.dependencies]\nnotebook = "^7"\n'
)

PROJECT = (
    '[project]\ndependencies = [\n  "torch",\n  "wandb",\n]\n'
    '[dependency-groups]\ndev = ["jupyter"]\n'
)


@pytest.mark.parametrize(
    ("run", "name", "text", "places"),
    [
        ("poetry install", "pyproject.toml", POETRY, [3, 5]),
        ("poetry install --only main --no-root", "pyproject.toml", POETRY, [3]),
        ("poetry export -o r.txt", "pyproject.toml", POETRY, [3]),
        (
            "uv sync --no-dev",
            "pyproject.toml",
            PROJECT,
            [4],
        ),
        ("pdm install --prod", "pyproject.toml", PROJECT, [4]),
        ("pdm install", "pyproject.toml", PROJECT, [4, 7]),
        (
            "conda env create -f environment.yml",
            "environment.yml",
            "dependencies:\n  - pytorch=2.5\n  - jupyter\n  - pip:\n      - tensorboard==2.18\n",
            [3, 5],
        ),
    ],
)
def test_lists_of_other_tools_are_read_as_far_as_they_are_installed(
    tmp_path: Path, run: str, name: str, text: str, places: list[int]
) -> None:
    dockerfile = f"FROM python:3.12-slim\nCOPY . .\nRUN {run}\n"
    files: dict[str, str | bytes] = {"Dockerfile": dockerfile, name: text}
    assert lines(lint_files(tmp_path, files, RULE)) == [(name, line) for line in places]


def test_a_group_is_to_be_left_out_rather_than_made(tmp_path: Path) -> None:
    dockerfile = "FROM python:3.12-slim\nCOPY . .\nRUN poetry install\n"
    report = lint_files(tmp_path, {"Dockerfile": dockerfile, "pyproject.toml": POETRY}, RULE)
    first, second = (one.finding.next_step for one in report.found)
    assert first == "Keep such packages in a list of their own, for training."
    assert second == (
        "Leave the group out: `uv sync --no-group dev`, `poetry install --without dev`, "
        "`pdm sync --prod`."
    )


def test_a_category_of_pipenv_is_to_be_left_out(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "Dockerfile": "FROM python:3.12-slim\nCOPY . .\nRUN pipenv sync --dev\n",
        "Pipfile": '[packages]\ntorch = "*"\n[dev-packages]\nnotebook = "*"\n',
    }
    report = lint_files(tmp_path, files, RULE)
    assert lines(report) == [("Pipfile", 4)]
    assert report.found[0].finding.next_step == (
        "Leave the category out: `pipenv sync --categories packages`."
    )


def test_a_list_alone_is_judged_by_itself(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "requirements.txt": "torch\njupyter\n",
        "requirements-dev.txt": "torch\npytest\n",
    }
    assert lines(lint_files(tmp_path, files, RULE)) == [("requirements.txt", 2)]


@pytest.mark.parametrize(
    "files",
    [
        {"requirements.txt": "torch\naccelerate\npeft\nray[serve]\n"},
        {"requirements.txt": "torch\nmatplotlib\n", "serve.py": "import matplotlib.pyplot\n"},
        {"requirements.txt": "torch\nmlflow\n", "serve.py": "import mlflow.pyfunc\n"},
        {"requirements.txt": "torch\n", "requirements-train.txt": "torch\nwandb\n"},
        {"requirements.txt": "torch\n# wandb\n"},
        {"Dockerfile": LISTED + 'CMD ["jupyter", "lab"]\n', "requirements.txt": "torch\njupyter\n"},
    ],
    ids=[
        "serving needs it",
        "the program imports it",
        "it loads with it",
        "not installed",
        "comment",
        "the program",
    ],
)
def test_what_serving_needs_or_nobody_installs_is_let_be(
    tmp_path: Path, files: dict[str, str | bytes]
) -> None:
    assert lines(lint_files(tmp_path, {"Dockerfile": LISTED, **files}, RULE)) == []


def test_a_training_script_beside_makes_no_difference(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "Dockerfile": LISTED,
        "requirements.txt": "torch\nwandb\n",
        "train.py": "import torch, wandb\n",
    }
    assert lines(lint_files(tmp_path, files, RULE)) == [("requirements.txt", 2)]


def test_lines_and_words_are_taken_out(tmp_path: Path) -> None:
    listed = "# serving\ntorch==2.8.0\nwandb==0.19  # curves\nfastapi==0.118\njupyter"
    run = "RUN pip install \\\n      notebook==7 \\\n      flask==3 ipython==9\n"
    write(tmp_path, {"Dockerfile": LISTED + run, "requirements.txt": listed})
    assert mended(tmp_path, RULE, unsafe=True) == {
        "Dockerfile": LISTED + "RUN pip install \\\n      flask==3\n",
        "requirements.txt": "# serving\ntorch==2.8.0\nfastapi==0.118\n",
    }


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("wandb tensorboard flask", "flask"),
        ("flask wandb tensorboard", "flask"),
        ("\\\n    wandb tensorboard \\\n    flask", "\\\n    flask"),
        ("flask \\\n    wandb \\\n    tensorboard && true", "flask && true"),
    ],
)
def test_words_side_by_side_are_taken_out_together(tmp_path: Path, before: str, after: str) -> None:
    write(tmp_path, {"Dockerfile": f"FROM pytorch/pytorch:2.8.0\nRUN pip install {before}\n"})
    assert mended(tmp_path, RULE, unsafe=True) == {
        "Dockerfile": f"FROM pytorch/pytorch:2.8.0\nRUN pip install {after}\n"
    }


def test_a_step_is_told_once(tmp_path: Path) -> None:
    text = "FROM pytorch/pytorch:2.8.0\nRUN pip install matplotlib flask jupyter\n"
    report = lint_files(tmp_path, {"Dockerfile": text}, RULE)
    assert [one.finding.what for one in report.found] == [
        "serving does not need `matplotlib` (draws plots) and `jupyter` (notebooks)"
    ]


def test_an_install_is_not_emptied(tmp_path: Path) -> None:
    text = "FROM pytorch/pytorch:2.8.0\nRUN pip install wandb==0.19\n"
    write(tmp_path, {"Dockerfile": text})
    assert mended(tmp_path, RULE, unsafe=True) == {"Dockerfile": text}
