from __future__ import annotations

import sys
from pathlib import Path

import pytest

from argosy.environments import interpreter
from argosy.errors import EnvironmentFailed

SAID: list[str] = []


async def test_the_python_of_argosy_itself_is_found_below_its_virtual_environment() -> None:
    found = await interpreter.find(interpreter.OWN, SAID.append)
    assert found.version == interpreter.OWN_FULL
    assert found.path.parent.parent == Path(sys.base_prefix)
    assert found.is_unchanged


async def test_another_python_is_a_real_binary_that_runs() -> None:
    found = await interpreter.find("3.9", SAID.append)
    assert found.version.startswith("3.9.")
    assert "shims" not in found.path.parts


async def test_a_python_that_cannot_be_had_is_said_with_those_that_are_there(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("UV_PYTHON_DOWNLOADS", "never")
    said: list[str] = []
    with pytest.raises(EnvironmentFailed) as failure:
        await interpreter.find("3.77", said.append)
    assert said == ["downloading Python 3.77"]
    assert failure.value.what.startswith(
        "Python 3.77 is not on this machine and could not be downloaded"
    )
    assert interpreter.OWN_FULL in str(failure.value.next_step)


def test_a_patch_version_is_asked_for_exactly() -> None:
    assert interpreter.matches("3.9", "3.9.18")
    assert interpreter.matches("3.9.18", "3.9.18")
    assert not interpreter.matches("3.9.1", "3.9.18")
    assert not interpreter.matches("3.1", "3.11.7")


def test_a_file_that_is_gone_has_changed(tmp_path: Path) -> None:
    assert not interpreter.Interpreter(tmp_path / "python", "3.9.18", 0).is_unchanged
