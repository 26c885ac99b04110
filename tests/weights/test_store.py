from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from argosy.errors import CannotStart, WeightsNotFound
from argosy.exclusive import Exclusive
from argosy.weights import store


@pytest.fixture(autouse=True)
def own_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ARGOSY_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "model.onnx"
    path.write_bytes(b"one")
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    path = tmp_path / "llama"
    (path / "parts").mkdir(parents=True)
    (path / "config.json").write_text("{}")
    (path / "parts" / "1.bin").write_bytes(b"1")
    return path


def test_a_file_is_kept_under_its_own_name_whatever_happens_to_it(
    file: Path, own_home: Path
) -> None:
    kept = store.keep(file)
    digest = hashlib.sha256(b"one").hexdigest()
    assert kept == store.Kept(digest, own_home / "weights" / digest / "model.onnx")
    with file.open("r+b") as original:
        original.write(b"two")
    assert kept.path.read_bytes() == b"one"
    assert kept.path.stat().st_mode & 0o777 == 0o444
    assert store.keep(file).digest != digest


def test_a_folder_is_kept_with_its_tree(folder: Path) -> None:
    kept = store.keep(folder)
    assert kept.path.name == "llama"
    assert (kept.path / "parts" / "1.bin").read_bytes() == b"1"
    assert (kept.path / "parts").stat().st_mode & 0o777 == 0o555
    assert store.digest(folder) == kept.digest
    (folder / "parts" / "1.bin").rename(folder / "parts" / "2.bin")
    assert store.digest(folder) != kept.digest


def test_a_folder_of_one_file_is_not_that_file(tmp_path: Path) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "a").write_bytes(b"x")
    assert store.digest(tmp_path / "one") != store.digest(tmp_path / "one" / "a")


def test_symlinks_are_followed_and_version_control_left_out(folder: Path, tmp_path: Path) -> None:
    digest = store.digest(folder)
    (folder / ".git").mkdir()
    (folder / ".git" / "large").write_text("x")
    (tmp_path / "blob").write_bytes(b"1")
    (folder / "parts" / "1.bin").unlink()
    (folder / "parts" / "1.bin").symlink_to(tmp_path / "blob")
    assert store.digest(folder) == digest
    assert not (store.keep(folder).path / "parts" / "1.bin").is_symlink()


def test_the_same_content_under_two_names_keeps_both_names(file: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.onnx"
    other.write_bytes(b"one")
    assert store.keep(file).digest == store.keep(other).digest
    assert store.keep(file).path.name == "model.onnx"
    assert store.keep(other).path.name == "other.onnx"


def test_unchanged_weights_are_not_read_again(file: Path) -> None:
    os.utime(file, (1_000_000, 1_000_000))
    digest = store.digest(file)
    file.write_bytes(b"two")
    os.utime(file, (1_000_000, 1_000_000))
    assert store.digest(file) == digest, "size, time and inode are the same"
    os.utime(file, (1_000_001, 1_000_001))
    assert store.digest(file) != digest


def test_what_was_written_just_now_is_read_again(file: Path) -> None:
    digest = store.digest(file)
    status = file.stat()
    file.write_bytes(b"two")
    os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))
    assert store.digest(file) != digest


def test_weights_that_do_not_exist_are_named(tmp_path: Path) -> None:
    with pytest.raises(WeightsNotFound, match="do not exist") as failure:
        store.keep(tmp_path / "absent.onnx")
    assert failure.value.where == str(tmp_path / "absent.onnx")
    assert "weights:" in str(failure.value.next_step)


def test_a_symlink_to_nothing_inside_a_folder_is_named(folder: Path, tmp_path: Path) -> None:
    (folder / "lost").symlink_to(tmp_path / "lost")
    with pytest.raises(WeightsNotFound) as failure:
        store.keep(folder)
    assert failure.value.where == str(folder / "lost")


def test_an_empty_folder_holds_no_weights(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(WeightsNotFound, match="empty"):
        store.keep(tmp_path / "empty")


def test_a_store_that_cannot_be_written_is_said(
    file: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "taken").write_text("")
    monkeypatch.setenv("ARGOSY_HOME", str(tmp_path / "taken"))
    with pytest.raises(CannotStart, match="cannot be kept: Not a directory") as failure:
        store.keep(file)
    assert "ARGOSY_HOME" in str(failure.value.next_step)


def test_weights_larger_than_the_free_disk_are_refused_before_copying(
    tmp_path: Path, own_home: Path
) -> None:
    free = os.statvfs(tmp_path)
    huge = tmp_path / "huge.bin"
    with huge.open("wb") as file:
        os.truncate(file.fileno(), free.f_bavail * free.f_frsize)
    found = store._files(huge)
    kept = store.Kept("d", own_home / "weights" / "d" / "huge.bin")
    amounts = store._Amounts("copying huge.bin", print)
    with pytest.raises(CannotStart, match=r"need .*iB, the disk has .*iB free"):
        store._copy(found, ["d"], kept, amounts, whole=True)
    assert not kept.path.exists()


def test_progress_tells_how_much_is_read_and_copied(file: Path) -> None:
    said: list[str] = []
    amounts = store._Amounts("copying model.onnx", said.append)
    amounts.total = 3 << 30
    amounts.add(1 << 20)
    amounts._said -= store.SAY_EVERY
    amounts.add(1 << 30)
    assert said == ["copying model.onnx (1.0 GiB of 3.0 GiB)"]


def test_prune_removes_what_nobody_keeps(file: Path, folder: Path, own_home: Path) -> None:
    one, other = store.keep(file), store.keep(folder)
    held = Exclusive.try_take(own_home / "weights" / ".locks" / other.digest)
    assert held is not None
    with held:
        assert store.prune(keep={one.digest}) == ()
    assert store.prune(keep={one.digest}) == (other,)
    assert one.path.exists()
    assert not other.path.parent.exists()
    assert store.keep(folder) == other


def test_two_at_once_copy_once(file: Path, own_home: Path) -> None:
    digest = store.digest(file)
    held = Exclusive.try_take(own_home / "weights" / ".locks" / digest)
    assert held is not None
    waits = threading.Event()
    kept: list[store.Kept] = []
    thread = threading.Thread(target=lambda: kept.append(store.keep(file, lambda _: waits.set())))
    with held:
        thread.start()
        assert waits.wait(10)
        assert kept == []
    thread.join(10)
    assert kept[0].path.read_bytes() == b"one"


def test_what_a_killed_copy_left_is_never_used(file: Path, own_home: Path) -> None:
    """A limit on the size of files ends the copy in its middle, as a full disk would."""
    file.write_bytes(b"x" * 10_000_000)
    code = "import sys; from pathlib import Path; from argosy.weights import store\n"
    code += "import resource, signal; signal.signal(signal.SIGXFSZ, signal.SIG_DFL)\n"
    code += "resource.setrlimit(resource.RLIMIT_FSIZE, (5_000_000, 5_000_000))\n"
    code += "resource.setrlimit(resource.RLIMIT_CORE, (0, 0))\n"
    code += "store.keep(Path(sys.argv[1]))"
    child = subprocess.run([sys.executable, "-c", code, str(file)], check=False)
    assert child.returncode < 0
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    assert (own_home / "weights" / ".copying" / digest).is_dir()
    assert not (own_home / "weights" / digest).exists()
    assert store.keep(file).path.stat().st_size == 10_000_000
    assert not (own_home / "weights" / ".copying" / digest).exists()
