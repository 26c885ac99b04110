"""The README's first command, and every command line of the example's README, as printed."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from argosy.supervisor.client import is_running
from tests.ports import free_port

ROOT = Path(__file__).parents[3]
DESK = ROOT / "examples" / "desk"


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> Iterator[int]:
    """The demo runs in place, so it must not be a stack that somebody is using."""
    if is_running(DESK / "argosy.yaml"):
        pytest.skip("examples/desk runs: `argosy down examples/desk` first")
    chosen = free_port()
    monkeypatch.setenv("DESK_PORT", str(chosen))
    monkeypatch.setenv("PATH", f"{ROOT / '.venv' / 'bin'}:{os.environ['PATH']}")
    yield chosen
    subprocess.run(["argosy", "down", str(DESK)], cwd=ROOT, check=False, capture_output=True)


def run(command: str) -> str:
    done = subprocess.run(
        command, shell=True, cwd=ROOT, capture_output=True, text=True, timeout=150, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_the_demo_shows_every_model_and_the_commands_it_prints_work(port: int) -> None:
    shown = run("scripts/demo")
    for answer in ('"label": "positive"', '"number":', '"label":3', '"label": "rust"'):
        assert answer in shown
    printed = re.findall(r"^  (curl .*|argosy (?:ps|plan) .*?)(?:  #.*)?$", shown, re.MULTILINE)
    assert len(printed) >= 6
    for command in printed:
        assert "about:blank" not in run(command)

    readme = (DESK / "README.md").read_text().replace("127.0.0.1:8080", f"127.0.0.1:{port}")
    asked = re.findall(r"^\$ (curl .*)\n(\{.*\})$", readme, re.MULTILINE)
    assert len(asked) >= 4
    for command, expected in asked:
        answer = run(command)
        if "…" not in expected:
            assert json.loads(answer) == json.loads(expected)
