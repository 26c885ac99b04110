from __future__ import annotations

import os
from pathlib import Path

from argosy.lint.project.folder import MOST_BYTES, Folders, unreadable
from tests.lint.files import write


def test_a_listing_has_sizes_and_leaves_out_what_nobody_wrote(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "a.txt": "abc",
        "build/b": b"12",
        ".git/config": "",
        "web/node_modules/x.js": "",
        "e/pyvenv.cfg": "",
    }
    write(tmp_path, files)
    folders = Folders()
    assert dict(folders.files(tmp_path)) == {"a.txt": 3, "build/b": 2}
    assert sorted(folders.closed(tmp_path)) == [".git", "e", "web/node_modules"]


def test_what_is_not_there_or_no_text_has_none(tmp_path: Path) -> None:
    write(tmp_path, {"a": "ä\r\n", "b": b"\xff", "c": b"a" * (MOST_BYTES + 1)})
    folders = Folders()
    assert [folders.text(tmp_path / name) for name in "abcd"] == ["ä\r\n", None, None, None]
    assert dict(folders.files(tmp_path / "nowhere")) == {}
    assert folders.closed(tmp_path / "nowhere") == ()


def test_a_pipe_is_no_text(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "Dockerfile")
    assert Folders().text(tmp_path / "Dockerfile") is None


def test_why_a_file_has_no_text_is_told_with_the_next_step(tmp_path: Path) -> None:
    write(tmp_path, {"odd": "é\r\né".encode() + b"\xff", "large": b"a" * (MOST_BYTES + 1)})
    (tmp_path / "folder").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "gone")
    os.mkfifo(tmp_path / "pipe")
    told = {
        name: str(unreadable(tmp_path / name)).removeprefix(f"{tmp_path}/{name}:")
        for name in ("odd", "large", "folder", "link", "pipe")
    }
    cannot = "this file cannot be read. Make it a readable text in UTF-8 of at most 1 MiB, or "
    assert told == {
        "odd": "2:2: the file is not UTF-8. Save it as UTF-8, or exclude it.",
        "large": f"1:1: {cannot}exclude it.",
        "folder": "1:1: this is a folder where a file is meant. "
        "Put the file in its place, or remove it.",
        "link": "1:1: this link leads nowhere. Mend or remove the link.",
        "pipe": f"1:1: {cannot}exclude it.",
    }
