from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest

from argosy import snapshots
from argosy.errors import UsageError


@pytest.fixture
def code(tmp_path: Path) -> Path:
    folder = tmp_path / "code"
    (folder / "deep").mkdir(parents=True)
    (folder / "model.py").write_text("class Model: ...\n")
    (folder / "deep" / "words.txt").write_text("one\n")
    (folder / "run.sh").write_text("#!/bin/sh\n")
    (folder / "run.sh").chmod(0o755)
    return folder


def test_a_copy_has_the_contents_and_is_read_only(code: Path, tmp_path: Path) -> None:
    digest, kept = snapshots.keep(code, tmp_path / "kept")
    assert kept == tmp_path / "kept" / digest[:16]
    assert (kept / "deep" / "words.txt").read_text() == "one\n"
    assert (kept / "model.py").stat().st_mode & 0o777 == 0o444
    assert (kept / "run.sh").stat().st_mode & 0o777 == 0o555
    assert snapshots.digest(code) == digest
    assert [one.name for one in (tmp_path / "kept").iterdir()] == [kept.name]


def test_unchanged_code_is_not_copied_again(code: Path, tmp_path: Path) -> None:
    first = snapshots.keep(code, tmp_path / "kept")
    inode = (first[1] / "model.py").stat().st_ino
    (code / "model.py").touch()
    assert snapshots.keep(code, tmp_path / "kept") == first
    assert (first[1] / "model.py").stat().st_ino == inode


def test_changes_of_content_name_and_permission_are_new_snapshots(
    code: Path, tmp_path: Path
) -> None:
    digests = {snapshots.digest(code)}
    (code / "model.py").write_text("class Model: pass\n")
    digests.add(snapshots.digest(code))
    (code / "model.py").rename(code / "other.py")
    digests.add(snapshots.digest(code))
    (code / "run.sh").chmod(0o644)
    digests.add(snapshots.digest(code))
    assert len(digests) == 4


def test_what_tools_leave_behind_is_left_out(code: Path, tmp_path: Path) -> None:
    digest = snapshots.digest(code)
    for name in (".git", ".venv", "__pycache__", "deep/.argosy", "node_modules"):
        (code / name).mkdir()
        (code / name / "file").write_text("x")
    (code / "model.pyc").write_text("x")
    (code / "my-env").mkdir()
    (code / "my-env" / "pyvenv.cfg").write_text("x")
    assert snapshots.digest(code) == digest
    _, kept = snapshots.keep(code, tmp_path / "kept")
    assert sorted(one.name for one in kept.iterdir()) == ["deep", "model.py", "run.sh"]


def test_bytecode_can_be_written_into_a_copy_without_making_it_another(
    code: Path, tmp_path: Path
) -> None:
    digest, kept = snapshots.keep(code, tmp_path / "kept")
    (kept / "__pycache__").mkdir()
    (kept / "__pycache__" / "model.cpython-311.pyc").write_text("x")
    assert snapshots.digest(kept) == digest


def test_symlinks_become_what_they_point_to(code: Path, tmp_path: Path) -> None:
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared" / "common.py").write_text("x = 1\n")
    (code / "shared").symlink_to(tmp_path / "shared")
    (code / "one.py").symlink_to(tmp_path / "shared" / "common.py")
    _, kept = snapshots.keep(code, tmp_path / "kept")
    for name in ("one.py", "shared/common.py"):
        assert not (kept / name).is_symlink()
        assert (kept / name).read_text() == "x = 1\n"


def test_a_loop_of_symlinks_is_an_error(code: Path, tmp_path: Path) -> None:
    (code / "deep" / "up").symlink_to(code)
    with pytest.raises(UsageError, match="a symlink points to a folder that holds it"):
        snapshots.keep(code, tmp_path / "kept")


def test_a_symlink_to_nothing_is_named(code: Path, tmp_path: Path) -> None:
    (code / "lost.py").symlink_to(tmp_path / "lost")
    with pytest.raises(UsageError) as failure:
        snapshots.keep(code, tmp_path / "kept")
    assert failure.value.where == str(code / "lost.py")


def test_a_socket_is_left_out(code: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    digest = snapshots.digest(code)
    monkeypatch.chdir(code)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind("s")
        assert snapshots.digest(code) == digest


def test_data_in_the_code_folder_is_refused(code: Path, tmp_path: Path) -> None:
    with (code / "model.bin").open("wb") as file:
        os.truncate(file.fileno(), (1 << 30) + 1)
    with pytest.raises(UsageError, match=r"holds 1.0 GiB, most of it in model.bin") as failure:
        snapshots.keep(code, tmp_path / "kept")
    assert "weights:" in str(failure.value.next_step)


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="No such file"):
        snapshots.keep(tmp_path / "absent", tmp_path / "kept")


def test_what_a_killed_copy_left_goes_with_a_later_copy(code: Path, tmp_path: Path) -> None:
    left = tmp_path / "kept" / ".copying-left"
    left.mkdir(parents=True)
    snapshots.keep(code, tmp_path / "kept")
    assert left.exists(), "it may be a copy that runs now"
    os.utime(left, (0, 0))
    (code / "model.py").write_text("changed")
    snapshots.keep(code, tmp_path / "kept")
    assert not left.exists()
