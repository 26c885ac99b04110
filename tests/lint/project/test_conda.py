from __future__ import annotations

from pathlib import Path

import pytest

from argosy.errors import FileMistakes
from argosy.lint.project.conda import environment

FILE = Path("environment.yml")
LIST = """\
name: vision
channels: [pytorch, conda-forge]
dependencies:
  - python=3.12
  - pytorch::pytorch=2.5.1  # late
  - numpy >=1.26,<2
  - "scipy=1.14=py312_0"
  - pandas=2.2
  - Pillow==11.0.0
  - onnx[version='>=1.17']
  - ffmpeg
  - pip
  - pip:
      - tensorboard==2.18.0
      - --extra-index-url https://download.pytorch.org/whl/cpu
      - -r more.txt
      - ./local
"""


def test_packages_of_conda_and_of_pip_are_read() -> None:
    read = environment(LIST, FILE)
    assert [f"{one.name}{one.spec}" for one in read.packages] == [
        "pytorch==2.5.1",
        "numpy>=1.26,<2",
        "scipy==1.14",
        "pandas=2.2",
        "pillow==11.0.0",
        "onnx>=1.17",
        "ffmpeg",
        "pip",
        "tensorboard==2.18.0",
    ]
    assert [one.name for one in read.packages if one.is_pinned] == [
        "pytorch",
        "scipy",
        "pillow",
        "tensorboard",
    ]
    assert [(one.name, one.value) for one in read.options] == [
        ("--extra-index-url", "https://download.pytorch.org/whl/cpu"),
        ("-r", "more.txt"),
    ]


def test_packages_have_their_places() -> None:
    read = environment(LIST, FILE)
    written = {one.name: LIST[one.at.start : one.at.end] for one in read.packages}
    assert written["pytorch"] == "pytorch::pytorch=2.5.1"
    assert written["scipy"] == '"scipy=1.14=py312_0"'
    assert written["tensorboard"] == "tensorboard==2.18.0"


def test_a_lock_of_all_platforms_is_locked() -> None:
    assert environment("version: 1\npackage: []\n", FILE).locked
    assert not environment(LIST, FILE).locked


@pytest.mark.parametrize(
    "text", ["a: b", "dependencies: a", "dependencies: [[a], {pip: b}, {pip: }, 3, ~]"]
)
def test_what_is_no_list_asks_for_nothing_of_pip(text: str) -> None:
    assert [one.name for one in environment(text, FILE).packages] in ([], ["3"])


@pytest.mark.parametrize(
    ("text", "place", "what"),
    [
        ("", (1, 1), "the file is empty. Write `dependencies:` and the packages below it."),
        ("- a", (1, 1), "a list of packages is a mapping of keys. Write `dependencies:` and"),
        ("dependencies:\n  - a: {", (2, 8), "a value is expected here. Write one, or put it in"),
        ("dependencies:\n\t- a", (2, 1), "a tab is used for indentation. YAML is indented"),
        ("a: b\n---\nc: d", (2, 1), "a second document begins here. A list of packages holds one"),
    ],
)
def test_what_is_no_yaml_is_told_with_its_place_in_words_of_conda(
    text: str, place: tuple[int, int], what: str
) -> None:
    with pytest.raises(FileMistakes) as caught:
        environment(text, FILE)
    (found,) = caught.value.problems
    assert (found.file, found.line, found.column) == (FILE, *place)
    assert f"{found.what}. {found.next_step}".startswith(what)
