from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from argosy.environments import build, installed, is_built, resolve
from argosy.errors import EnvironmentFailed

from .conftest import MakeModel, MakeWheel

BUILD = """
import asyncio, sys
from pathlib import Path
from argosy.environments import build
from argosy.stack.revision import Lock
digest, python, file = sys.argv[1:]
say = lambda text: print(text, flush=True)
print(asyncio.run(build(Lock(digest, python, Path(file)), say)))
"""

BACKEND = """
import os, zipfile
def build_wheel(folder, settings=None, metadata=None):
    if os.path.exists({gate!r}):
        open({begun!r}, "w").close()
        open({gate!r}).close()
    about = "slow-1.0.dist-info/"
    with zipfile.ZipFile(os.path.join(folder, "slow-1.0-py3-none-any.whl"), "w") as wheel:
        wheel.writestr("slow.py", "")
        wheel.writestr(about + "METADATA", "Metadata-Version: 2.1\\nName: slow\\nVersion: 1.0\\n")
        wheel.writestr(about + "WHEEL", "Wheel-Version: 1.0\\nRoot-Is-Purelib: true\\n")
        wheel.writestr(about + "RECORD", "")
    return "slow-1.0-py3-none-any.whl"
"""
PROJECT = """
[project]
name = "slow"
version = "1.0"
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
"""


def run(program: Path, *code: str) -> str:
    command = [str(program), *(("-c", *code) if code else ())]
    ended = subprocess.run(command, check=True, capture_output=True, text=True, cwd="/")
    return ended.stdout.strip()


def separate_build(digest: str, python: str, file: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", BUILD, digest, python, str(file)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


async def test_the_environment_holds_what_is_locked_with_its_commands(
    model: MakeModel, locks: Path, wheels: MakeWheel
) -> None:
    wheels("apple", "1.0")
    lock = await resolve(model({"requirements.txt": "apple\n"}), locks)
    assert not is_built(lock)
    said: list[str] = []
    python = await build(lock, said.append)
    assert is_built(lock)
    assert run(python, "import apple; print(apple.VERSION)") == "1.0"
    assert run(python.with_name("apple")) == "1.0"
    assert said[:2] == [f"making an environment with Python {lock.python}", "installing 1 package"]
    assert list(python.parent.parent.glob("lib/python*/site-packages/__pycache__/apple.*.pyc"))


async def test_a_package_of_the_index_is_installed_and_needs_no_network_later(
    model: MakeModel, locks: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock = await resolve(model({"requirements.txt": "six\n"}), locks)
    python = await build(lock)
    monkeypatch.setenv("UV_OFFLINE", "1")
    said: list[str] = []
    assert await build(lock, said.append) == python
    assert said == []
    assert run(python, "import six; print(six.__name__)") == "six"


async def test_nothing_of_this_machine_can_be_imported(model: MakeModel, locks: Path) -> None:
    python = await build(await resolve(model(), locks))
    code = "import sys, site, json; print(json.dumps([sys.path, site.ENABLE_USER_SITE]))"
    path, user_site = json.loads(run(python, code))
    own, base = python.parent.parent, Path(sys.base_prefix)
    assert user_site is False
    for entry in path[1:]:
        outside_packages = Path(entry).is_relative_to(base) and "site-packages" not in entry
        assert outside_packages or Path(entry).is_relative_to(own)
    for name in ("argosy", "argosy_runner", "pytest", "pip"):
        with pytest.raises(subprocess.CalledProcessError):
            run(python, f"import {name}")


async def test_an_environment_may_have_another_python(model: MakeModel, locks: Path) -> None:
    lock = await resolve(model(python="3.9"), locks)
    python = await build(lock)
    assert run(python, "import sys; print('%d.%d.%d' % sys.version_info[:3])") == lock.python


async def test_two_builds_at_once_in_one_process_build_once(
    model: MakeModel, locks: Path, wheels: MakeWheel
) -> None:
    wheels("apple", "1.0")
    lock = await resolve(model({"requirements.txt": "apple\n"}), locks)
    said: tuple[list[str], list[str]] = ([], [])
    first, second = await asyncio.gather(build(lock, said[0].append), build(lock, said[1].append))
    assert first == second
    assert said[1] == ["waiting for another argosy that builds this environment"]
    assert "installing 1 package" in said[0]


async def test_two_processes_build_once(model: MakeModel, locks: Path, wheels: MakeWheel) -> None:
    wheels("apple", "1.0")
    lock = await resolve(model({"requirements.txt": "apple\n"}), locks)
    both = [separate_build(lock.digest, lock.python, lock.file) for _ in range(2)]
    outputs = [child.communicate(timeout=60)[0] for child in both]
    assert [child.returncode for child in both] == [0, 0]
    assert sum("making an environment" in output for output in outputs) == 1
    assert len({output.splitlines()[-1] for output in outputs}) == 1


async def test_a_killed_build_leaves_nothing_that_is_used(
    model: MakeModel, locks: Path, tmp_path: Path, own_home: Path
) -> None:
    gate, begun = tmp_path / "gate", tmp_path / "begun"
    os.mkfifo(gate)
    os.mkfifo(begun)
    backend = BACKEND.format(gate=str(gate), begun=str(begun))
    files = {"lib/pyproject.toml": PROJECT, "lib/backend.py": backend}
    lock = await resolve(model({**files, "requirements.txt": "./lib\n"}), locks)
    child = separate_build(lock.digest, lock.python, lock.file)
    await asyncio.to_thread(begun.read_bytes)
    child.send_signal(signal.SIGKILL)
    child.communicate(timeout=10)
    assert not is_built(lock)
    assert installed() == ()

    waits = asyncio.Event()
    again = asyncio.create_task(
        build(lock, lambda text: waits.set() if "waiting" in text else None)
    )
    await asyncio.wait_for(waits.wait(), 10)
    gate_now = await asyncio.to_thread(os.open, gate, os.O_WRONLY)
    gate.unlink()
    os.close(gate_now)
    python = await asyncio.wait_for(again, 60)
    run(python, "import slow")
    assert list((own_home / "environments" / ".building").iterdir()) == []


async def test_an_environment_whose_python_is_gone_is_built_again(
    model: MakeModel, locks: Path
) -> None:
    lock = await resolve(model(), locks)
    python = await build(lock)
    python.unlink()
    python.symlink_to("/nowhere/python")
    assert not is_built(lock)
    assert run(await build(lock), "print(1)") == "1"


async def test_a_package_with_another_hash_is_refused(
    model: MakeModel, locks: Path, wheels: MakeWheel
) -> None:
    wheels("apple", "1.0")
    given = f"apple==1.0 --hash=sha256:{'0' * 64}\n"
    lock = await resolve(model({"requirements.txt": given}), locks)
    with pytest.raises(EnvironmentFailed, match="not the one that was locked") as failure:
        await build(lock)
    assert str(failure.value.where).endswith("/code/requirements.txt")
    assert not is_built(lock)


async def test_a_package_that_cannot_be_built_shows_its_own_error(
    model: MakeModel, locks: Path, own_home: Path
) -> None:
    backend = "def build_wheel(*_):\n    raise RuntimeError('no fruit in season')\n"
    files = {"lib/pyproject.toml": PROJECT, "lib/backend.py": backend}
    lock = await resolve(model({**files, "requirements.txt": "./lib\n"}), locks)
    with pytest.raises(EnvironmentFailed, match="cannot be built from source") as failure:
        await build(lock)
    assert failure.value.what.endswith("RuntimeError: no fruit in season")
    left = list((own_home / "environments" / ".building").iterdir())
    assert left == [], "what failed takes no room"


async def test_a_store_that_cannot_be_written_is_said(
    model: MakeModel, locks: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("ARGOSY_HOME", str(tmp_path / "file"))
    with pytest.raises(EnvironmentFailed, match="cannot be kept: Not a directory") as failure:
        await build(await resolve(model(), locks))
    assert "ARGOSY_HOME" in str(failure.value.next_step)
