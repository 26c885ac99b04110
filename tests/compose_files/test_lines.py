from __future__ import annotations

from argosy.compose_files import lines
from argosy.compose_files.tree import Span

TEXT = "a:\r\n  b: 1 # c\r\n    # d\r\n# e\r\n"


def test_a_line_begins_and_ends_at_its_breaks() -> None:
    at = TEXT.index("b")
    assert TEXT[lines.line_start(TEXT, at) : lines.line_end(TEXT, at)] == "  b: 1 # c\r\n"
    assert lines.column(TEXT, at) == 2
    assert lines.line_break(TEXT) == "\r\n"
    assert lines.line_break("a") == "\n"
    assert lines.line_end("a", 0) == 1


def test_a_block_ends_with_the_deeper_comments_below_it() -> None:
    end = TEXT.index("1") + 1
    assert TEXT[lines.end_of_block(TEXT, end, 2) :] == "# e\r\n"
    assert TEXT[lines.end_of_block(TEXT, end, 4) :] == "    # d\r\n# e\r\n"


def test_a_span_goes_without_its_line_end() -> None:
    assert lines.without_line_end(TEXT, Span(0, 4)).of(TEXT) == "a:"
