from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pytest

from argosy.errors import FileMistakes
from argosy.lint.project.package import Package
from argosy.lint.project.pyproject import pipfile, pyproject

FILE = Path("pyproject.toml")
POETRY = """\
[tool.poetry]
name = "torch"

[tool.poetry.dependencies]
python = "^3.11"
Torch_Vision = "^0.20"  # late
torch = {version = "2.5.0+cu121", source = "pytorch", extras = ["x"], markers = "a == 'b'"}
"exact" = "=1.2"
anything = "*"
vision = {version = "^1", optional = true}
wheel-of-ours = {path = "wheels/a-1.whl"}
beside = {path = "../beside"}
commit = {git = "https://g.io/o/a.git", rev = "0123abcd"}
branch = {git = "https://g.io/o/b.git"}
several = [{version = "1.0", python = "<3.9"}, {version = "^2", python = ">=3.9"}]

[tool.poetry.dependencies.apart]
version = "^3"

[tool.poetry.extras]
pictures = ["vision"]

[tool.poetry.group.Dev.dependencies]
pytest = "^8"

[tool.poetry.group.docs]
optional = true

[tool.poetry.group.docs.dependencies]
sphinx = "*"

[[tool.poetry.source]]
name = "pytorch"
url = "https://download.pytorch.org/whl/cu121"
"""
PROJECT = """\
# "torch>=2" is wanted by all
[project]
name = "a"
dependencies = [
  "numpy==2.1.0",
  "torch>=2",  # "flask"
  'uvicorn[standard]; python_version > "3.9"',
]

[project.optional-dependencies]
GPU = ["torch>=2"]

[dependency-groups]
lint = ["ruff"]
dev = [
  {include-group = "lint"},
  "notebook (>=7)",
]

[tool.uv]
default-groups = ["lint"]
dev-dependencies = ["mypy"]

[[tool.uv.index]]
url = "https://download.pytorch.org/whl/cpu"
"""
PIPFILE = """\
[[source]]
name = "pytorch"
url = "https://download.pytorch.org/whl/cu121"

[packages]
Torch = {version = "==2.5.0+cu121", index = "pytorch", extras = ["x"]}
numpy = "*"  # any
commit = {git = "https://g.io/o/a.git", ref = "0123abcd"}
beside = {path = ".", editable = true}

[dev-packages]
pytest = ">=8"

[Train]
mlflow = "~=2.0"

[requires]
python_version = "3.12"

[scripts]
serve = "uvicorn app:app"

[pipenv]
allow_prereleases = true
"""


def told(packages: Iterable[Package]) -> list[str]:
    return [f"{one.name}{one.spec}" for one in packages]


def written(text: str, packages: Iterable[Package]) -> list[str]:
    return [text[one.at.start : one.at.end] for one in packages]


def test_what_poetry_installs_is_read_as_pip_would_write_it() -> None:
    read = pyproject(POETRY, FILE)
    assert told(read.always) == [
        "torch-vision^0.20",
        "torch==2.5.0+cu121",
        "exact==1.2",
        "anything",
        "wheel-of-ours@ wheels/a-1.whl",
        "commit@ git+https://g.io/o/a.git@0123abcd",
        "branch@ git+https://g.io/o/b.git",
        "several==1.0",
        "several^2",
        "apart^3",
    ]
    torch = read.always[1]
    assert (torch.local, torch.extras, torch.marker) == ("cu121", ("x",), "a == 'b'")
    pinned = [one.name for one in read.always if one.is_pinned]
    assert pinned == ["torch", "exact", "wheel-of-ours", "commit", "several"]


def test_groups_and_extras_of_poetry_stand_beside() -> None:
    read = pyproject(POETRY, FILE)
    assert {name: (told(one.packages), one.optional) for name, one in read.groups.items()} == {
        "dev": (["pytest^8"], False),
        "docs": (["sphinx"], True),
    }
    assert [one.group for one in read.groups["dev"].packages] == ["dev"]
    assert {name: told(one) for name, one in read.extras.items()} == {"pictures": ["vision^1"]}
    assert [one.value for one in read.options] == ["https://download.pytorch.org/whl/cu121"]


def test_packages_of_poetry_have_their_places() -> None:
    read = pyproject(POETRY, FILE)
    lines = written(POETRY, read.always)
    assert lines[0] == 'Torch_Vision = "^0.20"'
    assert lines[1] == POETRY.splitlines()[6]
    assert lines[2] == '"exact" = "=1.2"'[1:]
    assert lines[9].startswith("[tool.poetry.dependencies.apart]")
    assert written(POETRY, read.groups["dev"].packages) == ['pytest = "^8"']
    assert written(POETRY, read.extras["pictures"])[0].startswith("vision = {")


def test_a_project_has_requirements_groups_and_extras() -> None:
    read = pyproject(PROJECT, FILE)
    assert told(read.always) == ["numpy==2.1.0", "torch>=2", "uvicorn"]
    assert {name: told(one.packages) for name, one in read.groups.items()} == {
        "lint": ["ruff"],
        "dev": ["notebook(>=7)", "ruff", "mypy"],
    }
    assert {name: told(one) for name, one in read.extras.items()} == {"gpu": ["torch>=2"]}
    assert read.default_groups == ("lint",)
    assert [one.value for one in read.options] == ["https://download.pytorch.org/whl/cpu"]


def test_requirements_of_a_project_have_their_places() -> None:
    read = pyproject(PROJECT, FILE)
    assert written(PROJECT, read.always) == [
        "numpy==2.1.0",
        "torch>=2",
        'uvicorn[standard]; python_version > "3.9"',
    ]
    line = PROJECT[: read.always[1].at.start].count("\n") + 1
    extra = PROJECT[: read.extras["gpu"][0].at.start].count("\n") + 1
    assert (line, extra) == (6, 11)


def test_what_poetry_adds_to_a_project_is_not_read_twice() -> None:
    text = (
        '[project]\ndependencies = ["torch (>=2,<3)"]\n'
        '[tool.poetry.dependencies]\ntorch = {source = "a"}\nflask = "^3"\n'
    )
    assert told(pyproject(text, FILE).always) == ["torch(>=2,<3)", "flask^3"]


def test_groups_of_pdm_stand_with_those_of_the_project() -> None:
    text = (
        '[dependency-groups]\ndev = ["ruff"]\n'
        '[tool.pdm.dev-dependencies]\nTest = ["pytest>=8", "-e file:///x"]\ndev = ["mypy"]\n'
        '[[tool.pdm.source]]\nurl = "https://download.pytorch.org/whl/cpu"\n'
    )
    read = pyproject(text, FILE)
    assert {name: told(one.packages) for name, one in read.groups.items()} == {
        "dev": ["ruff", "mypy"],
        "test": ["pytest>=8"],
    }
    assert written(text, read.groups["test"].packages) == ["pytest>=8"]
    assert [one.value for one in read.options] == ["https://download.pytorch.org/whl/cpu"]


def test_a_pipfile_has_packages_and_groups_of_them() -> None:
    read = pipfile(PIPFILE, Path("Pipfile"))
    assert told(read.always) == [
        "torch==2.5.0+cu121",
        "numpy",
        "commit@ git+https://g.io/o/a.git@0123abcd",
    ]
    assert read.always[0].extras == ("x",)
    assert [one.is_pinned for one in read.always] == [True, False, True]
    assert {name: told(one.packages) for name, one in read.groups.items()} == {
        "dev": ["pytest>=8"],
        "train": ["mlflow~=2.0"],
    }
    assert [one.group for one in read.groups["dev"].packages] == ["dev"]
    assert [one.value for one in read.options] == ["https://download.pytorch.org/whl/cu121"]
    assert written(PIPFILE, read.always)[1] == 'numpy = "*"'
    assert written(PIPFILE, read.groups["train"].packages) == ['mlflow = "~=2.0"']


def test_keys_with_dots_have_a_place_too() -> None:
    text = '[tool.poetry]\ndependencies.torch = "^2"\n'
    (found,) = pyproject(text, FILE).always
    assert told([found]) == ["torch^2"]
    assert 0 <= found.at.start <= found.at.end <= len(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "project = 1\n",
        "[project]\ndependencies = 'a'\n",
        "[tool]\npoetry = []\nuv = 3\n",
        "[tool.poetry.group]\ndev = 1\n",
        "[dependency-groups]\na = [{include-group = 'b'}]\nb = [{include-group = 'a'}]\n",
    ],
)
def test_a_project_that_says_nothing_of_packages_asks_for_none(text: str) -> None:
    read = pyproject(text, FILE)
    assert (read.always, read.extras) == ((), {})
    assert not any(one.packages for one in read.groups.values())


def test_a_group_that_is_included_in_many_ways_counts_once() -> None:
    twice = "[{{include-group = 'g{0}'}}, {{include-group = 'g{0}'}}]"
    levels = 60
    lines = [f"g{level} = {twice.format(level + 1)}" for level in range(levels)]
    text = "\n".join(["[dependency-groups]", *lines, f"g{levels} = ['torch']", ""])
    groups = pyproject(text, Path("pyproject.toml")).groups
    assert [one.name for one in groups["g0"].packages] == ["torch"]


def test_what_is_no_toml_is_told_with_its_place() -> None:
    with pytest.raises(FileMistakes) as caught:
        pyproject('[project]\ndependencies = ["torch]\n', FILE)
    (found,) = caught.value.problems
    assert (found.file, found.line) == (FILE, 2)
