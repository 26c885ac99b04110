from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from argosy.exclusive import Exclusive


def test_a_held_lock_excludes_everybody_else_until_it_is_let_go(tmp_path: Path) -> None:
    first = Exclusive.try_take(tmp_path / "locks" / "a")
    assert first is not None
    with first:
        assert Exclusive.try_take(tmp_path / "locks" / "a") is None
        other = Exclusive.try_take(tmp_path / "locks" / "b")
        assert other is not None
        with other:
            pass
    again = Exclusive.try_take(tmp_path / "locks" / "a")
    assert again is not None
    with again:
        pass


def test_a_child_with_the_descriptor_holds_the_lock_after_its_parent(tmp_path: Path) -> None:
    held = Exclusive.try_take(tmp_path / "lock")
    assert held is not None
    with held:
        child = subprocess.Popen(
            [sys.executable, "-c", "input()"],
            stdin=subprocess.PIPE,
            pass_fds=(held.descriptor,),
        )
    assert Exclusive.try_take(tmp_path / "lock") is None
    child.communicate(b"\n", timeout=10)
    again = Exclusive.try_take(tmp_path / "lock")
    assert again is not None
    with again:
        pass


def test_a_removed_lock_can_be_taken_anew(tmp_path: Path) -> None:
    held = Exclusive.try_take(tmp_path / "lock")
    assert held is not None
    with held:
        held.remove()
        assert not (tmp_path / "lock").exists()
        other = Exclusive.try_take(tmp_path / "lock")
        assert other is not None
        with other:
            pass
