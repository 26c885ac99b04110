from __future__ import annotations

import os
from pathlib import Path

from argosy.lint.project.folder import MOST_BYTES, Folders
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
