from __future__ import annotations

from pathlib import Path

import pytest

from argosy.errors import FileMistakes, Problem
from argosy.lint.project.toml_text import read_toml

FILE = Path("pyproject.toml")


def mistake(text: str) -> Problem:
    with pytest.raises(FileMistakes) as caught:
        read_toml(text, FILE)
    (found,) = caught.value.problems
    return found


@pytest.mark.parametrize("text", ["[a]\nb = 1\n", "[a]\r\nb = 1\r\n", "\ufeff[a]\nb = 1"])
def test_a_mark_and_ends_of_lines_make_no_difference(text: str) -> None:
    assert read_toml(text, FILE) == {"a": {"b": 1}}


@pytest.mark.parametrize(
    ("text", "line", "column", "what"),
    [
        ("[project\n", 1, 9, "expected ']' at the end of a table declaration"),
        ("a = 1\nb = c\n", 2, 5, "invalid value"),
        ("a = 1\r\nb = c\r\n", 2, 5, "invalid value"),
        ("a = [\n  1,\n", 2, 1, "invalid value"),
        ("a = 1\na = 2\n", 2, 6, "cannot overwrite a value"),
        (f"a = {'[' * 5000}", 1, 1, "it is nested too deeply"),
        (f"a = {'1' * 5000}", 1, 1, "a number has too many digits"),
    ],
)
def test_what_is_no_toml_is_told_with_its_place(
    text: str, line: int, column: int, what: str
) -> None:
    found = mistake(text)
    assert (found.file, found.line, found.column) == (FILE, line, column)
    assert found.what == f"this is not TOML: {what}"
    assert found.next_step == "Check its quotes and brackets."
