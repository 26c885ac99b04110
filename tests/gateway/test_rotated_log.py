from __future__ import annotations

from pathlib import Path

from argosy.gateway.rotated_log import is_due, parts, rotate


def test_a_log_is_due_once_it_is_larger(tmp_path: Path) -> None:
    log = tmp_path / "access.log"
    assert not is_due(log, 3)
    log.write_text("abc")
    assert not is_due(log, 3)
    log.write_text("abcd")
    assert is_due(log, 3)


def test_only_so_many_old_ones_are_kept(tmp_path: Path) -> None:
    log = tmp_path / "access.log"
    for text in "abcde":
        log.write_text(text)
        rotate(log, 3)
    log.write_text("f")

    assert [part.read_text() for part in parts(log)] == ["c", "d", "e", "f"]


def test_a_log_that_is_gone_meanwhile_is_no_fault(tmp_path: Path) -> None:
    rotate(tmp_path / "access.log", 3)

    assert parts(tmp_path / "access.log") == ()
