from __future__ import annotations

import os
import time
from pathlib import Path

from argosy.environments import Environment, build, installed, prune, resolve, store, touch

from .conftest import MakeModel, MakeWheel


async def built(model: MakeModel, locks: Path, requirements: str = "") -> Environment:
    lock = await resolve(model({"requirements.txt": requirements}), locks)
    await build(lock)
    return next(one for one in installed() if one.digest == lock.digest)


async def test_an_environment_says_what_it_is(
    model: MakeModel, locks: Path, wheels: MakeWheel
) -> None:
    wheels("apple", "1.0")
    one = await built(model, locks, "apple\n")
    assert one.packages == 1
    assert one.path.name == one.digest
    assert 0 < one.size < 10_000_000
    assert time.time() - 60 < one.created <= one.used + 1


async def test_hard_links_are_counted_once_and_symlinks_not_followed(
    model: MakeModel, locks: Path, tmp_path: Path
) -> None:
    one = await built(model, locks)
    (one.path / "large").write_bytes(b"x" * 1_000_000)
    os.link(one.path / "large", one.path / "linked")
    (tmp_path / "outside").write_bytes(b"x" * 5_000_000)
    (one.path / "symlink").symlink_to(tmp_path / "outside")
    assert 1_000_000 <= installed()[0].size - one.size < 1_100_000


async def test_prune_keeps_what_is_named_or_was_used_lately(
    model: MakeModel, locks: Path, wheels: MakeWheel
) -> None:
    wheels("apple", "1.0")
    wheels("pear", "1.0")
    empty = await built(model, locks)
    apple = await built(model, locks, "apple\n")
    pear = await built(model, locks, "pear\n")
    for one in (empty, apple, pear):
        os.utime(one.path / "argosy.json", (0, 0))
    touch(pear.digest)
    removed = prune(keep={apple.digest}, older_than=3600)
    assert [one.digest for one in removed] == [empty.digest]
    assert not empty.path.exists()
    assert {one.digest for one in installed()} == {apple.digest, pear.digest}
    assert installed()[0].digest == pear.digest


async def test_prune_leaves_alone_what_is_being_built(model: MakeModel, locks: Path) -> None:
    one = await built(model, locks)
    store.unfinished("of-another").mkdir()
    built_now, built_elsewhere = store.try_lock(one.digest), store.try_lock("of-another")
    assert built_now is not None
    assert built_elsewhere is not None
    with built_now, built_elsewhere:
        prune()
    assert one.path.is_dir()
    assert store.unfinished("of-another").is_dir()
    prune()
    assert not store.unfinished("of-another").exists()
    assert installed() == ()


def test_a_store_that_does_not_exist_is_empty() -> None:
    assert installed() == ()
    assert prune() == ()
    touch("nothing")
