from __future__ import annotations

import json
import sys
import time
from pathlib import Path

import pytest

from argosy.environments import resolve
from argosy.environments.lock import last, read, settings_folder
from argosy.errors import EnvironmentFailed

from .conftest import MakeModel, MakeWheel

STARTED: list[str] = []
sys.addaudithook(lambda event, _: STARTED.append(event) if event == "subprocess.Popen" else None)


async def test_a_package_of_the_index_is_locked_with_hashes(model: MakeModel, locks: Path) -> None:
    lock = await resolve(model({"requirements.txt": "six==1.17.0\n"}), locks)
    text = read(lock)
    assert "six==1.17.0 \\\n    --hash=sha256:" in text
    assert "://" not in text
    assert (locks / "tiny.txt").read_text() == text


async def test_a_model_without_requirements_has_an_empty_lock_and_needs_no_uv(
    model: MakeModel, locks: Path
) -> None:
    STARTED.clear()
    assert last(locks, "tiny") is None
    lock = await resolve(model(), locks)
    assert last(locks, "tiny") == lock
    assert lock.python == "{}.{}.{}".format(*sys.version_info[:3])
    assert [line for line in read(lock).splitlines() if line[0] != "#"] == []
    assert STARTED == []


@pytest.mark.alone
async def test_unchanged_inputs_reuse_the_lock_at_once_and_without_a_process(
    model: MakeModel, locks: Path, wheels: MakeWheel
) -> None:
    wheels("apple", "1.0")
    one = model({"requirements.txt": "-r more.txt\n", "more.txt": "apple\n"})
    first = await resolve(one, locks)
    wheels("apple", "2.0")
    STARTED.clear()
    started = time.monotonic()
    said: list[str] = []
    assert await resolve(one, locks, (), said.append) == first
    assert time.monotonic() - started < 0.2
    assert STARTED == []
    assert said == []


async def test_a_changed_included_file_resolves_again_and_keeps_other_versions(
    model: MakeModel, locks: Path, wheels: MakeWheel
) -> None:
    wheels("apple", "1.0")
    wheels("pear", "1.0")
    files = {"requirements.txt": "-r more.txt\n", "more.txt": "apple\n"}
    first = await resolve(model(files), locks)
    wheels("apple", "2.0")
    second = await resolve(model({"more.txt": "apple\npear\n"}), locks)
    assert first.digest != second.digest
    assert "apple==1.0" in read(second)
    assert "pear==1.0" in read(second)
    assert "pear" not in read(first), "the lock of an earlier revision stays as it was"


async def test_upgrade_takes_the_newest(model: MakeModel, locks: Path, wheels: MakeWheel) -> None:
    wheels("apple", "1.0")
    one = model({"requirements.txt": "apple\n"})
    await resolve(one, locks)
    wheels("apple", "2.0")
    assert "apple==2.0" in read(await resolve(one, locks, upgrade=True))


async def test_what_the_engine_needs_is_added_and_the_models_pin_wins(
    model: MakeModel, locks: Path, wheels: MakeWheel
) -> None:
    wheels("apple", "1.0")
    wheels("apple", "2.0")
    wheels("engine", "1.0", "apple")
    lock = await resolve(model({"requirements.txt": "apple==1.0\n"}), locks, ("engine", "apple"))
    assert "apple==1.0" in read(lock)
    assert "engine==1.0" in read(lock)


async def test_the_same_packages_from_another_file_are_the_same_environment(
    model: MakeModel, locks: Path, tmp_path: Path, wheels: MakeWheel
) -> None:
    wheels("apple", "1.0")
    first = await resolve(model({"requirements.txt": "apple # sweet\n"}), locks)
    second = await resolve(model({"requirements.txt": "apple>=1\n"}), tmp_path / "other")
    assert first.digest == second.digest
    assert first.file != second.file


async def test_another_python_is_another_environment(model: MakeModel, locks: Path) -> None:
    own = await resolve(model(), locks)
    other = await resolve(model(python="3.9"), locks)
    assert other.python.startswith("3.9.")
    assert own.digest != other.digest


async def test_a_changed_interpreter_file_is_asked_again(model: MakeModel, locks: Path) -> None:
    one = model(python="3.9")
    first = await resolve(one, locks)
    sidecar = locks / "tiny.json"
    told = json.loads(sidecar.read_text())
    told["interpreter"]["modified"] += 1
    told["interpreter"]["version"] = "3.9.0"
    sidecar.write_text(json.dumps(told))
    assert await resolve(one, locks) == first


async def test_an_index_of_the_requirements_is_told_to_the_installation_but_not_to_the_digest(
    model: MakeModel,
    locks: Path,
    tmp_path: Path,
    wheels: MakeWheel,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    wheel = wheels("apple", "1.0")
    plain = await resolve(model({"requirements.txt": "apple\n"}), tmp_path / "other")
    monkeypatch.delenv("UV_FIND_LINKS")
    wheel.parent.rename(tmp_path / "code" / "fruit")
    lock = await resolve(model({"requirements.txt": "--find-links fruit\napple\n"}), locks)
    assert f"--find-links {tmp_path / 'code' / 'fruit'}\n" in read(lock)
    assert lock.digest == plain.digest
    assert settings_folder(read(lock)) == tmp_path / "code"


async def test_hashes_that_the_user_gives_are_the_ones_that_count(
    model: MakeModel, locks: Path, wheels: MakeWheel
) -> None:
    wheels("apple", "1.0")
    given = "sha256:" + "0" * 64
    lock = await resolve(model({"requirements.txt": f"apple==1.0 --hash={given}\n"}), locks)
    assert f"apple==1.0 \\\n    --hash={given}\n" in read(lock)


async def test_a_local_folder_is_kept_by_content(model: MakeModel, locks: Path) -> None:
    project = '[project]\nname = "own"\nversion = "1.0"\n'
    files = {"requirements.txt": "./lib\n", "lib/pyproject.toml": project, "lib/own.py": ""}
    first = await resolve(model(files), locks)
    assert f"file://{locks / 'local'}" in read(first)
    assert await resolve(model(), locks) == first
    second = await resolve(model({"lib/own.py": "changed = True\n"}), locks)
    assert second.digest != first.digest


async def test_an_edited_lock_is_not_believed(model: MakeModel, locks: Path) -> None:
    lock = await resolve(model(), locks)
    lock.file.write_text("six==1.16.0\n")
    with pytest.raises(EnvironmentFailed, match="missing or was edited"):
        read(lock)


async def test_a_state_folder_that_cannot_be_written_is_said(
    model: MakeModel, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(EnvironmentFailed, match="cannot be kept: Not a directory"):
        await resolve(model(), tmp_path / "file")
