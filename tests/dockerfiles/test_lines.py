from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argosy.dockerfiles.lines import Lines, Logical, heredoc_words
from argosy.dockerfiles.pieces import Source

PIECES = [
    "a",
    " ",
    "\t",
    "\\",
    "`",
    "\n",
    "\r\n",
    "#",
    "# escape=`\n",
    "é",
    "\ufeff",
    "\x0c",
    "<<E",
]
TEXTS = st.lists(st.sampled_from(PIECES), max_size=30).map("".join)


def read(text: str) -> tuple[Lines, list[Logical]]:
    """All instructions of a text, with the reader that has their comments."""
    lines = Lines(text)
    lines.directives()
    return lines, list(iter(lines.following, None))


def logical(text: str) -> list[str]:
    return [one.text for one in read(text)[1]]


@given(TEXTS)
def test_each_character_of_an_instruction_stands_in_the_file_where_it_says(text: str) -> None:
    lines, found = read(text)
    at = 0
    for one in found:
        assert at <= one.start < one.end <= len(text)
        assert one.line == text.count("\n", 0, one.start) + 1
        for offset, character in enumerate(one.text):
            span = one.source.span(offset, offset + 1)
            assert text[span.start : span.end] == character
        at = one.end
    for comment in lines.comments:
        written = text[comment.span.start : comment.span.end]
        assert written.startswith("#")
        assert written[1:].strip() == comment.text
        assert comment.line == text.count("\n", 0, comment.span.start) + 1


@given(TEXTS)
def test_a_carriage_return_before_a_line_end_changes_no_instruction(text: str) -> None:
    plain = text.replace("\r", "")
    windows = plain.replace("\n", "\r\n")
    assert logical(windows) == logical(plain)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", []),
        ("\ufeff", []),
        ("\n\r\n \t\n", []),
        ("a", ["a"]),
        ("  a  ", ["a"]),
        ("a \\\nb", ["a b"]),
        ("a \\  \n  b", ["a   b"]),
        ("a \\\n\n\n\tb", ["a \tb"]),
        ("a \\\n# c\n b", ["a  b"]),
        ("a \\\\\nb", ["a \\\\", "b"]),
        ("a \\", ["a"]),
        ("a \\\r\n", ["a"]),
        ("a\rb", ["a\rb"]),
        ("\\\na", ["a"]),
    ],
)
def test_lines_are_put_together_to_instructions(text: str, found: list[str]) -> None:
    assert logical(text) == found


def test_a_very_long_instruction_is_one() -> None:
    (one,) = read("RUN a \\\n" + "  && b \\\n" * 20_000 + "  c\n")[1]
    assert (one.line, one.text.count("&&"), len(one.places)) == (1, 20_000, 20_002)


@pytest.mark.parametrize(
    ("text", "found", "wrong"),
    [
        ("# syntax=a\n# escape=`\nFROM a", {"syntax": "a", "escape": "`"}, []),
        ("\ufeff#syntax=a", {"syntax": "a"}, []),
        ("# SYNTAX = a b\r\n", {"syntax": "a b"}, []),
        ("\n# syntax=a", {}, []),
        ("# told\n# syntax=a", {}, []),
        ("# other=a\n# syntax=a", {}, []),
        ("# syntax=", {}, []),
        ("# check=a\n# check=b", {"check": "a"}, [10]),
        ("# escape=x", {"escape": "x"}, [0]),
    ],
)
def test_directives_stand_before_all_else(
    text: str, found: dict[str, str], wrong: list[int]
) -> None:
    told, mistakes = Lines(text).directives()
    assert (told, [at for _, at in mistakes]) == (found, wrong)


@pytest.mark.parametrize(
    ("text", "strip_tabs", "body"),
    [
        ("a\nE\nb", False, "a\n"),
        ("E\n", False, ""),
        ("a\nE", False, "a\n"),
        ("\ta\n\tE\n", True, "a\n"),
        ("\t\ta\n \tb\nE\n", True, "a\n \tb\n"),
        ("a\r\nE\r\n", False, "a\r\n"),
        ("a\nE \n E\nEE\nE\n", False, "a\nE \n E\nEE\n"),
        ("# a\n\\\nE\n", False, "# a\n\\\n"),
        ("\tE\n", False, None),
        ("a\n", False, None),
        ("", False, None),
    ],
)
def test_a_heredoc_is_the_lines_before_its_name(
    text: str, strip_tabs: bool, body: str | None
) -> None:
    found = Lines(text).heredoc("E", expand=True, strip_tabs=strip_tabs)
    assert (found.text if found else None) == body
    if found:
        assert text[found.span.start : found.span.end] == found.body


def test_behind_a_heredoc_the_next_instruction_follows() -> None:
    lines = Lines("RUN <<E\n# a\nE\n# b\nUSER c")
    assert lines.following() is not None
    assert lines.heredoc("E", expand=True, strip_tabs=False) is not None
    assert lines.end == len("RUN <<E\n# a\nE")
    after = lines.following()
    assert after is not None
    assert (after.text, after.line) == ("USER c", 5)
    assert [one.text for one in lines.comments] == ["b"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("cat <<A <<-B 3<<'C d'", [("A", True, False), ("B", True, True), ("C d", False, False)]),
        ("cat <<A<<B", []),
        ("cat <<< A", []),
        ("'<<A'", []),
        ("a <<A 'b", []),
        ("<<", []),
        ("<<''", [("", False, False)]),
    ],
)
def test_heredocs_of_a_line_are_told_in_their_order(
    text: str, found: list[tuple[str, bool, bool]]
) -> None:
    told = heredoc_words(Source(text))
    assert [one[:3] for one in told] == found
    assert all("<<" in text[one[3] :] for one in told)
