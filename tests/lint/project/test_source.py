from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argosy.lint.project.source import Source

TEXTS = st.text(alphabet="ab\r\n\t\x0c\u2028é😀\ufeff", max_size=30)


def source(text: str) -> Source:
    return Source(Path("a"), text)


@given(TEXTS, st.data())
def test_an_index_and_its_line_and_column_are_the_same_place(
    text: str, data: st.DataObject
) -> None:
    one = source(text)
    index = data.draw(st.integers(0, len(text)))
    line, column = one.position(index)
    assert one.index(line, column) == index
    assert 1 <= line <= one.line_count
    assert column >= 1


@given(TEXTS)
def test_its_lines_are_the_text_but_for_the_ends(text: str) -> None:
    one = source(text)
    lines = [one.line(number) for number in range(1, one.line_count + 1)]
    assert "\n".join(lines) == text.replace("\r\n", "\n").replace("\r", "\n")


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("", [""]),
        ("a", ["a"]),
        ("a\n", ["a", ""]),
        ("a\r\nb", ["a", "b"]),
        ("a\rb", ["a", "b"]),
        ("a\n\r\nb", ["a", "", "b"]),
        ("a\x0cb\u2028c", ["a\x0cb\u2028c"]),
    ],
)
def test_lines_end_as_an_editor_counts_them(text: str, lines: list[str]) -> None:
    one = source(text)
    assert [one.line(number) for number in range(1, one.line_count + 1)] == lines


def test_a_column_behind_the_end_is_the_end() -> None:
    assert source("a\nb").index(2, 99) == 3
