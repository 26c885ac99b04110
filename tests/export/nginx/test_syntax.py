"""Words, blocks and columns of a configuration."""

from __future__ import annotations

from argosy.export.nginx.syntax import block, columns, text


def test_what_is_in_a_block_is_indented() -> None:
    inner = block("b", ["c;", ""])
    assert text(block("a", inner)) == "a {\n    b {\n        c;\n\n    }\n}\n"


def test_words_of_a_column_stand_below_each_other() -> None:
    assert columns([("a", "x"), ("longer", "y")]) == ["a      x", "longer y"]
    assert columns([]) == []
