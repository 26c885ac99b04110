from __future__ import annotations

from pathlib import Path

import pytest

from argosy.compose_files.parsing import parse
from argosy.compose_files.tree import line_and_column, shared

ROOT = parse("a: {b: [x, 3.10], c: true}\nd: {}\n", Path("compose.yaml")).root


def test_a_path_of_keys_and_indexes_leads_to_a_value() -> None:
    found = ROOT.below(("a", "b", "1"))
    assert found is not None
    assert (found.text, found.content) == ("3.10", 3.1)
    assert ROOT.below(("a", "b", "2")) is None
    assert ROOT.below(("a", "gone", "b")) is None


def test_a_scalar_is_a_text_and_nothing_else_is() -> None:
    assert ROOT.mapping["a"].word("c") == "true"
    assert ROOT.mapping["a"].word("b") == ""
    assert ROOT.mapping["a"].word("gone") == ""


def test_leaves_have_their_paths() -> None:
    assert [path for path, _ in ROOT.leaves()] == [
        ("a", "b", "0"), ("a", "b", "1"), ("a", "c"), ("d",)
    ]  # fmt: skip


def test_what_is_shared_is_shared_with_all_below() -> None:
    assert all(leaf.shared for _, leaf in shared(ROOT).leaves())
    assert not any(leaf.shared for _, leaf in ROOT.leaves())


@pytest.mark.parametrize(
    ("text", "index", "expected"),
    [
        ("ab\ncd", 0, (1, 1)),
        ("ab\ncd", 4, (2, 2)),
        ("ab\r\ncd", 4, (2, 1)),
        ("ab\rcd", 3, (2, 1)),
        ("\ufeffab", 1, (1, 1)),
        ("ab\u2028c", 3, (1, 4)),
        ("ab\n", 3, (2, 1)),
    ],
)
def test_lines_and_columns_count_from_one(text: str, index: int, expected: tuple[int, int]) -> None:
    assert line_and_column(text, index) == expected
