from __future__ import annotations

from pathlib import Path

import pytest

from argosy.edits import Edit, apply

FILE = Path("a")


def test_what_no_edit_names_stays() -> None:
    assert apply("abc", [Edit(FILE, 2, 3, "z"), Edit(FILE, 0, 1, "x")]) == "xbz"


def test_insertions_at_one_place_keep_their_order() -> None:
    assert apply("ad", [Edit(FILE, 1, 1, "b"), Edit(FILE, 1, 1, "c")]) == "abcd"


def test_an_edit_that_is_asked_for_twice_is_made_once() -> None:
    assert apply("abc", [Edit(FILE, 0, 1, "x"), Edit(FILE, 0, 1, "x")]) == "xbc"


def test_two_edits_of_one_piece_are_refused() -> None:
    with pytest.raises(ValueError, match="overlap"):
        apply("abc", [Edit(FILE, 0, 2, "x"), Edit(FILE, 1, 3, "y")])
