from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from argosy.exclusive import Exclusive


def can_be_taken(lock: Path) -> bool:
    """By somebody who lets it go at once."""
    taken = Exclusive.try_take(lock)
    if taken is None:
        return False
    with taken:
        return True


def test_a_held_lock_excludes_everybody_else_until_it_is_let_go(tmp_path: Path) -> None:
    first = Exclusive.try_take(tmp_path / "locks" / "a")
    assert first is not None
    with first:
        assert not can_be_taken(tmp_path / "locks" / "a")
        assert can_be_taken(tmp_path / "locks" / "b")
    assert can_be_taken(tmp_path / "locks" / "a")


def test_a_child_with_the_descriptor_holds_the_lock_after_its_parent(tmp_path: Path) -> None:
    held = Exclusive.try_take(tmp_path / "lock")
    assert held is not None
    with held:
        child = subprocess.Popen(
            [sys.executable, "-c", "input()"],
            stdin=subprocess.PIPE,
            pass_fds=(held.descriptor,),
        )
    assert not can_be_taken(tmp_path / "lock")
    child.communicate(b"\n", timeout=10)
    assert can_be_taken(tmp_path / "lock")


def test_a_removed_lock_can_be_taken_anew(tmp_path: Path) -> None:
    held = Exclusive.try_take(tmp_path / "lock")
    assert held is not None
    with held:
        held.remove()
        assert not (tmp_path / "lock").exists()
        assert can_be_taken(tmp_path / "lock")
