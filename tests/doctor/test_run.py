from __future__ import annotations

from pathlib import Path

import pytest

from argosy.doctor.result import Report
from argosy.doctor.run import examine
from argosy.stack.file import parse
from argosy.stack.model import Stack
from tests.ports import free_address

ECHO = "models:\n  echo: {engine: command, command: [cat], resources: {memory: 64MiB}}\n"


def declared(folder: Path, text: str = ECHO) -> Stack:
    return parse(f"{text}gateway: {{listen: '{free_address()}'}}\n", folder / "argosy.yaml")


def verdicts(report: Report, group: str) -> dict[str, str]:
    return {
        result.name: result.verdict
        for one in report.groups
        if one.name == group
        for result in one.results
    }


async def test_without_a_stack_only_the_machine_is_looked_at(tmp_path: Path) -> None:
    report = await examine(None)
    assert report.stack is None
    assert report.verdict != "failure"
    assert "stack" not in {group.name for group in report.groups}


async def test_what_the_stack_does_not_need_is_a_note(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    report = await examine(declared(tmp_path))
    assert verdicts(report, "docker") == {"Docker": "note"}


async def test_what_the_stack_needs_is_a_failure(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    report = await examine(declared(tmp_path, f"platform: compose\n{ECHO}"))
    assert verdicts(report, "docker") == {"Docker": "failure"}
    assert report.verdict == "failure"


async def test_whatever_hangs_is_what_was_found(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("docker", "nvidia-smi"):
        program = tmp_path / name
        program.write_text("#!/bin/sh\nexec sleep 600\n")
        program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    report = await examine(declared(tmp_path, f"platform: compose\n{ECHO}"), seconds=2)
    told = {
        result.name: (result.verdict, result.found)
        for group in report.groups
        for result in group.results
    }
    assert told["Docker"] == ("failure", "unix:///var/run/docker.sock did not answer in 2 s")
    assert told["docker compose"] == ("failure", "did not answer in 2 s")
    assert told["NVIDIA driver"] == ("note", "does not work: nvidia-smi did not answer in 2 s")


async def test_an_error_of_a_check_is_what_was_found(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "run").mkdir(mode=0o755)
    monkeypatch.setenv("ARGOSY_RUN_DIR", str(tmp_path / "run"))
    report = await examine(declared(tmp_path))
    machine = next(group for group in report.groups if group.name == "machine")
    found = next(one for one in machine.results if one.verdict == "failure")
    assert "must belong to you alone" in found.found
    assert found.mend.startswith("Run `chmod 700")
