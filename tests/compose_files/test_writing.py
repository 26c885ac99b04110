from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from argosy.compose_files import writing
from argosy.compose_files.parsing import parse
from argosy.compose_files.tree import Scalar, Style

STYLES: list[Style] = ["", "'", '"']


@given(
    st.one_of(st.text(), st.text("a1 :#-,[]{}'\"~"), st.integers(), st.booleans(), st.none()),
    st.sampled_from(STYLES),
    st.booleans(),
)
def test_what_is_written_is_read_as_it_was_meant(new: Scalar, style: Style, in_flow: bool) -> None:
    if isinstance(new, str):
        new = new.encode(errors="ignore").decode()  # a file holds no lone surrogates
    written = writing.scalar(new, style, in_flow=in_flow)
    text = f"a: [{written}]" if in_flow else f"a:\n- {written}"
    (found,) = parse(text, Path()).root.mapping["a"].items
    assert (found.content, type(found.content)) == (new, type(new))


@pytest.mark.parametrize("text", [":1", "?1", "::a"])
def test_a_word_that_brackets_would_take_for_a_key_gets_quotes_there(text: str) -> None:
    assert writing.scalar(text) == text
    written = writing.scalar(text, in_flow=True)
    (found,) = parse(f"a: [{written}]", Path()).root.mapping["a"].items
    assert found.content == text


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("a:\n  b: 1\n  c:\n  - d\n", "{b: 1, c: [d]}"),
        ("a:\n  b: '1'\n  c: >\n    d\n    e\n", "{b: '1', c: \"d e\\n\"}"),
        ("a:\n  b:\n  ${C}: ${D}\n", '{b: null, "${C}": "${D}"}'),
        ("a: 3.10", "3.10"),
    ],
)
def test_a_block_is_written_on_one_line(text: str, written: str) -> None:
    assert writing.flow(parse(text, Path()).root.mapping["a"]) == written
