from __future__ import annotations

import re
from pathlib import Path

from argosy_runner import log
from argosy_runner.log import Lines, Log


def test_a_line_has_time_replica_and_text(tmp_path: Path) -> None:
    Log("m.r1.0", str(tmp_path / "log")).write("hello", "world")
    lines = (tmp_path / "log").read_text().splitlines()
    assert [line.split(" ", 1)[1] for line in lines] == ["m.r1.0 hello", "m.r1.0 world"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", lines[0].split(" ")[0])


def test_pieces_become_lines(tmp_path: Path) -> None:
    lines = Lines(Log("m", str(tmp_path / "log")))
    for piece in (b"he", b"llo\nwor", b"ld\r\n" + bytes([255]), b"end"):
        lines.feed(piece)
    lines.close()
    texts = [line.split(" ", 2)[2] for line in (tmp_path / "log").read_text().splitlines()]
    assert texts == ["hello", "world", chr(0xFFFD) + "end"]
    assert list(lines.tail) == texts


def test_a_line_without_end_is_cut_once_and_forgotten(tmp_path: Path) -> None:
    lines = Lines(Log("m", str(tmp_path / "log")))
    for _ in range(100):
        lines.feed(b"x" * 10_000)
    lines.feed(b"\nnext\n")
    first, second = (tmp_path / "log").read_text().splitlines()
    assert first.endswith(log.CUT)
    assert len(first) < log.LONGEST_LINE + 100
    assert second.endswith("m next")


def test_a_flood_fills_three_files_and_no_more(tmp_path: Path) -> None:
    lines = Lines(Log("m", str(tmp_path / "log")))
    for _ in range(60):
        lines.feed((b"y" * 999 + b"\n") * 700)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["log", "log.1", "log.2"]
    assert all(file.stat().st_size <= log.LONGEST_FILE for file in tmp_path.iterdir())
