from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from uv import find_uv_bin

from argosy.environments import resolve
from argosy.environments.lock import read
from argosy.errors import EnvironmentFailed
from argosy.stack.model import Model

from .conftest import MakeModel, MakeWheel

PROJECT = """
[project]
name = "project"
version = "1.0"
requires-python = ">=3.9"
dependencies = ["apple", "pear; sys_platform == 'win32'"]
[dependency-groups]
dev = ["pear"]
"""


@pytest.fixture
def fruit(wheels: MakeWheel) -> MakeWheel:
    wheels("apple", "1.0")
    wheels("pear", "1.0")
    return wheels


def uv_lock(folder: Path) -> None:
    subprocess.run([find_uv_bin(), "lock", "-q"], cwd=folder, check=True)


@pytest.fixture
def pinned(model: MakeModel, fruit: MakeWheel) -> Model:
    """Its uv.lock names apple 1.0; there is a 2.0 by now."""
    one = model({"pyproject.toml": PROJECT})
    assert one.code is not None
    uv_lock(one.code)
    fruit("apple", "2.0")
    return one


async def test_uv_lock_decides_the_versions(pinned: Model, locks: Path) -> None:
    said: list[str] = []
    lock = await resolve(pinned, locks, (), said.append)
    assert said == ["resolving uv.lock"]
    assert "apple==1.0\n" in read(lock)
    assert "project" not in read(lock).replace(str(pinned.code), "")


async def test_the_engine_joins_what_uv_lock_has_pinned(
    pinned: Model, locks: Path, fruit: MakeWheel
) -> None:
    fruit("engine", "1.0", "apple")
    text = read(await resolve(pinned, locks, ("engine",)))
    assert "apple==1.0\n" in text
    assert "engine==1.0 \\\n    --hash=sha256:" in text
    with pytest.raises(EnvironmentFailed) as failure:
        await resolve(pinned, locks, ("engine", "apple>=2"))
    assert "The engine itself needs engine, apple>=2." in str(failure.value)


async def test_the_hashes_of_uv_lock_are_taken_without_asking_an_index(
    model: MakeModel, locks: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = model({"pyproject.toml": PROJECT.replace("apple", "six").replace("pear", "idna")})
    assert one.code is not None
    uv_lock(one.code)
    monkeypatch.setenv("UV_OFFLINE", "1")
    text = read(await resolve(one, locks))
    assert re.search(r"six==[0-9.]+ \\\n    --hash=sha256:", text)


async def test_a_stale_uv_lock_is_refused(model: MakeModel, locks: Path, fruit: MakeWheel) -> None:
    one = model({"pyproject.toml": PROJECT})
    assert one.code is not None
    uv_lock(one.code)
    model({"pyproject.toml": PROJECT.replace('"apple"', '"pear"')})
    with pytest.raises(EnvironmentFailed) as failure:
        await resolve(one, locks)
    assert str(failure.value) == (
        f"{one.code}/uv.lock: uv.lock does not match pyproject.toml. Run `uv lock` in {one.code}."
    )


async def test_a_project_without_uv_lock_is_resolved(
    model: MakeModel, locks: Path, fruit: MakeWheel
) -> None:
    text = read(await resolve(model({"pyproject.toml": PROJECT}), locks))
    assert "apple==1.0" in text
    assert "pear" not in text


async def test_a_pin_that_this_python_cannot_have_names_the_python(
    model: MakeModel, locks: Path, fruit: MakeWheel
) -> None:
    fruit("cherry", "1.0", python=">=3.10")
    with pytest.raises(EnvironmentFailed) as failure:
        await resolve(model({"requirements.txt": "cherry\n"}, python="3.9"), locks)
    assert "3.10" in failure.value.what
    assert "another `python:`" in str(failure.value.next_step)


async def test_conflicting_pins_are_named(model: MakeModel, locks: Path, fruit: MakeWheel) -> None:
    fruit("basket", "1.0", "apple<1")
    one = model({"requirements.txt": "apple==1.0\nbasket\n"})
    with pytest.raises(EnvironmentFailed) as failure:
        await resolve(one, locks)
    assert failure.value.where == f"{one.code}/requirements.txt"
    assert "apple==1.0" in failure.value.what
    assert "apple<1" in failure.value.what
    assert failure.value.next_step == "Change one of these requirements."


async def test_a_package_that_does_not_exist_is_named(
    model: MakeModel, locks: Path, wheels: MakeWheel
) -> None:
    with pytest.raises(EnvironmentFailed, match="no-such-fruit was not found"):
        await resolve(model({"requirements.txt": "no-such-fruit\n"}), locks)


async def test_a_line_that_is_no_requirement_is_quoted(
    model: MakeModel, locks: Path, wheels: MakeWheel
) -> None:
    with pytest.raises(EnvironmentFailed, match="apple=>1") as failure:
        await resolve(model({"requirements.txt": "apple=>1\n"}), locks)
    assert failure.value.next_step == "Correct this file."


async def test_an_index_that_does_not_answer_is_said(
    model: MakeModel, locks: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UV_DEFAULT_INDEX", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("UV_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.setenv("UV_HTTP_RETRIES", "0")
    with pytest.raises(EnvironmentFailed, match="the package index cannot be reached") as failure:
        await resolve(model({"requirements.txt": "six\n"}), locks)
    assert "Connection refused" in failure.value.what
