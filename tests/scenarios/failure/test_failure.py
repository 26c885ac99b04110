"""What cannot start says why, in its own words, and costs nobody else."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.scenarios.stack import ECHO, StackUnderTest

BAD_IMPORT = """
import a_package_that_is_not_there

class Model:
    def predict(self, input):
        return input
"""
HANGS_IN_LOAD = """
import threading

class Model:
    def load(self, weights):
        threading.Event().wait()

    def predict(self, input):
        return input
"""
BOTH = "good:\n  code: ./good\nbad:\n  code: ./bad\n"


@pytest.mark.on_every_platform
def test_a_model_that_fails_to_load_shows_its_own_traceback_and_the_others_serve(
    stack: StackUnderTest,
) -> None:
    stack.write(BOTH, good__model=ECHO, bad__model=BAD_IMPORT)
    result = stack.argosy("up", "-d")
    assert result.code == 1
    assert "No module named 'a_package_that_is_not_there'" in result.err
    assert "Traceback" not in result.err.splitlines()[0]
    assert stack.call("good", "a").json() == {"output": "a"}
    answer = stack.call("bad", "a")
    assert answer.status_code == 503
    assert answer.headers["content-type"] == "application/problem+json"
    assert int(answer.headers["retry-after"]) >= 1
    assert "a_package_that_is_not_there" in answer.json()["detail"]
    assert "a_package_that_is_not_there" in stack.argosy("ps").out


def test_a_model_that_hangs_in_load_is_said_to(stack: StackUnderTest) -> None:
    stack.write(BOTH + "  start_timeout: 2s\n", good__model=ECHO, bad__model=HANGS_IN_LOAD)
    result = stack.argosy("up", "-d")
    assert result.code == 1
    assert "start_timeout" in result.err
    assert stack.call("good", "a").json() == {"output": "a"}


def test_an_undeclared_model_is_404_with_the_declared_ones(stack: StackUnderTest) -> None:
    stack.write("good:\n  code: ./good\n", good__model=ECHO)
    stack.up()
    answer = stack.call("goood", "a")
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"
    assert "good" in answer.json()["detail"]


def test_a_stack_file_with_ten_mistakes_lists_all_ten(stack: StackUnderTest) -> None:
    stack.put("one/model.py", ECHO)
    stack.put(
        "argosy.yaml",
        """\
nam: desk
platfrom: process
models:
  one:
    code: ./one
    replcas: 2
    timeout: soon
    resources: {cpu: 1, memory: lots}
  two:
    code: ./nowhere
    python: 3.10
  three:
    engine: onyx
gateway: {listen: 80}
x-note: allowed
env: ${MISSING_VARIABLE}
""",
    )
    result = stack.argosy("up", "-d")
    assert result.code == 1
    lines = result.err.strip().splitlines()
    assert len([line for line in lines if "argosy.yaml:" in line]) >= 10
    assert "argosy.yaml:6:5: models.one.replcas" in result.err
    assert "Did you mean replicas?" in result.err
    assert not (stack.folder / ".argosy" / "state.sqlite").exists()


def test_a_taken_port_is_said_with_its_holder_before_anything_starts(
    stack: StackUnderTest,
) -> None:
    stack.write("good:\n  code: ./good\n", good__model=ECHO)
    with socket.socket() as holder:
        holder.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        holder.bind(("127.0.0.1", stack.port))
        holder.listen()
        result = stack.argosy("up", "-d")
    assert result.code == 1
    assert str(stack.port) in result.err
    assert "pid" in result.err
    assert len(result.err.strip().splitlines()) == 1
    assert stack.argosy("ps").code == 1


def test_a_store_that_cannot_be_written_is_said_before_anything_starts(
    stack: StackUnderTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    stack.write("good:\n  code: ./good\n", good__model=ECHO)
    monkeypatch.setenv("ARGOSY_HOME", "/proc/nobody-can-write-here")
    result = stack.argosy("up", "-d")
    assert result.code == 1
    assert "/proc/nobody-can-write-here: the store of environments and weights" in result.err
    assert "set ARGOSY_HOME" in result.err
    assert len(result.err.strip().splitlines()) == 1
    assert stack.argosy("ps").code == 1


@pytest.mark.skipif(os.getuid() != 0, reason="needs root, to become somebody else")
def test_a_folder_of_another_user_is_said_before_anything_starts(stack: StackUnderTest) -> None:
    stack.write("good:\n  code: ./good\n", good__model=ECHO)
    with open_to_all(stack.folder) as folder:
        result = as_nobody(folder, "up", "-d")
        assert not (folder / ".argosy").exists()
    assert result.returncode == 1
    assert result.stderr.endswith(
        ".argosy: the stack's state cannot be written: Permission denied. "
        "Make the folder writable, or copy the stack to one that is.\n"
    )
    assert len(result.stderr.splitlines()) == 1


@pytest.mark.skipif(os.getuid() != 0, reason="needs root, to become somebody else")
def test_a_folder_that_may_not_be_read_is_said(stack: StackUnderTest) -> None:
    stack.write("good:\n  code: ./good\n", good__model=ECHO)
    with open_to_all(stack.folder) as folder:
        folder.chmod(0o700)
        result = as_nobody(folder.parent, "up", "-d", "stack")
    assert result.returncode == 2
    assert result.stderr == (
        "argosy: stack: may not be read by this user. Change its permissions.\n"
    )


def test_too_little_memory_is_said_before_anything_starts(stack: StackUnderTest) -> None:
    stack.write("good:\n  code: ./good\n  resources: {memory: 100000GiB}\n", good__model=ECHO)
    result = stack.argosy("up", "-d")
    assert result.code == 1
    assert "not enough memory" in result.err
    assert stack.argosy("ps").code == 1


@pytest.mark.on_every_platform
def test_a_crashing_model_is_restarted_with_growing_back_off_and_its_reason(
    stack: StackUnderTest,
) -> None:
    stack.write("bad:\n  code: ./bad\n", bad__model=BAD_IMPORT)
    assert stack.argosy("up", "-d").code == 1
    status = stack.wait(lambda one: one["models"][0]["replicas"][0]["restarts"] >= 2, "2 restarts")
    replica = status["models"][0]["replicas"][0]
    assert replica["failures"] == replica["restarts"]
    assert "a_package_that_is_not_there" in replica["reason"]


@contextlib.contextmanager
def open_to_all(stack: Path) -> Iterator[Path]:
    """A copy of the stack that everybody may read and only root may write."""
    with tempfile.TemporaryDirectory(prefix="argosy-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        shutil.copytree(stack, folder / "stack")
        (folder / "stack").chmod(0o755)
        yield folder / "stack"


def as_nobody(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Argosy as a user who is neither root nor the owner of the folder.

    Everything is imported first: that user may have no way to this interpreter's packages.
    """
    script = """
import importlib, os, pkgutil, sys
import argosy
from argosy.cli import main
for module in pkgutil.walk_packages(argosy.__path__, "argosy."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)
os.setgid(65534)
os.setuid(65534)
main()
"""
    return subprocess.run(
        [sys.executable, "-c", script, *arguments],
        cwd=folder,
        env={**os.environ, "ARGOSY_RUN_DIR": str(folder.parent / "run")},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
