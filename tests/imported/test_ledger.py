from __future__ import annotations

from pathlib import Path

from argosy.compose_files.parsing import parse
from argosy.imported.ledger import UNSPOKEN, Ledger

ROOT = parse("a: {b: 1, c: [x, y]}\nd: {}\n", Path("compose.yaml")).root


def test_what_nobody_spoke_for_is_not_carried() -> None:
    ledger = Ledger(ROOT)
    ledger.note("carried", ("a", "c"))
    ledger.close()
    told = {leaf: (note.status, note.text) for leaf, note in ledger.accounts.items()}
    assert told == {
        ("a", "b"): ("not carried", UNSPOKEN),
        ("a", "c", "0"): ("carried", ""),
        ("a", "c", "1"): ("carried", ""),
        ("d",): ("not carried", UNSPOKEN),
    }


def test_who_speaks_first_for_what_is_around_a_value_counts() -> None:
    ledger = Ledger(ROOT)
    ledger.note("changed", ("a", "b"), "first")
    ledger.note("carried", ("a",))
    assert [note.status for note in ledger.accounts.values()] == ["changed", "carried", "carried"]


def test_of_several_notes_about_one_value_the_worst_counts() -> None:
    ledger = Ledger(ROOT)
    ledger.note("carried", ("a", "b"), about="--x")
    ledger.note("not carried", ("a", "b"), "no", about="--y")
    ledger.note("changed", ("a", "b"), "so", about="--z")
    assert ledger.accounts["a", "b"].about == "--y"
    assert len(ledger.notes) == 3


def test_a_note_about_nothing_that_is_there_is_none() -> None:
    ledger = Ledger(ROOT)
    ledger.note("changed", ("z",), "text")
    assert ledger.notes == ()


def test_a_note_is_one_line_without_signs_that_move_a_terminal() -> None:
    ledger = Ledger(ROOT)
    ledger.note("changed", ("d",), "a\x1b[2Jb\n")
    assert ledger.notes[0].text == "a�[2Jb�"
