from __future__ import annotations

import asyncio
from pathlib import Path

from argosy.serving.watch import Watch


async def test_edits_are_told_by_name_also_those_between_two_waits(tmp_path: Path) -> None:
    code, weights = tmp_path / "code", tmp_path / "w.bin"
    (code / "deep").mkdir(parents=True)
    (code / "model.py").touch()
    weights.touch()
    watch = Watch([code, weights])
    (code / "deep" / "other.py").touch()
    assert await watch.changed() == "other.py changed"
    weights.write_text("new")
    assert await watch.changed() == "w.bin changed"
    (code / "model.py").unlink()
    assert await watch.changed() == "model.py changed"
    for name in "abcd":
        (code / name).touch()
    assert await watch.changed() == "a, b, c and 1 more changed"


async def test_bytecode_and_caches_are_no_edits(tmp_path: Path) -> None:
    watch = Watch([tmp_path])
    (tmp_path / "__pycache__").mkdir()
    (tmp_path / "__pycache__" / "model.pyc").touch()
    changing = asyncio.ensure_future(watch.changed())
    (tmp_path / "model.py").touch()
    assert await changing == "model.py changed"


async def test_a_folder_that_is_gone_is_an_edit_and_its_return_another(tmp_path: Path) -> None:
    code = tmp_path / "code"
    code.mkdir()
    (code / "model.py").touch()
    watch = Watch([code])
    code.rename(tmp_path / "away")
    assert await watch.changed() == "model.py changed"
    (tmp_path / "away").rename(code)
    assert await watch.changed() == "model.py changed"
