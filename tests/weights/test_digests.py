from __future__ import annotations

import os
import time
from pathlib import Path

from argosy.snapshots import Found
from argosy.weights.digests import Digests, is_unchanged


def found(path: Path) -> Found:
    return Found(path.name, path, path.stat())


def test_a_digest_is_remembered_while_the_file_looks_the_same(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("one")
    os.utime(file, (1, 1))
    with Digests(tmp_path / "digests") as known:
        assert known.get(found(file)) is None
        known.put(found(file), "abc", time.time_ns())
    with Digests(tmp_path / "digests") as known:
        assert known.get(found(file)) == "abc"
        file.write_text("three")
        os.utime(file, (1, 1))
        assert known.get(found(file)) is None


def test_a_file_that_changed_while_it_was_read_is_not_remembered(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("one")
    os.utime(file, (1, 1))
    before = found(file)
    os.utime(file, (2, 2))
    assert not is_unchanged(before)
    with Digests(tmp_path / "digests") as known:
        known.put(before, "abc", time.time_ns())
        assert known.get(before) is None


def test_a_broken_cache_is_no_reason_to_fail(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.write_text("one")
    os.utime(file, (1, 1))
    (tmp_path / "digests").write_text("this is no database" * 100)
    with Digests(tmp_path / "digests") as known:
        known.put(found(file), "abc", time.time_ns())
        assert known.get(found(file)) is None
    with Digests(file / "digests") as known:
        assert known.get(found(file)) is None
