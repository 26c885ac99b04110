"""A machine with a GPU is rare: nvidia-smi is played by a script that prints what it documents."""

from __future__ import annotations

from pathlib import Path

import pytest

from argosy.doctor import nvidia
from argosy.doctor.nvidia import Gpu

QUERY = """\
0, GPU-5a6c, 550.54.15, 81920, NVIDIA A100-SXM4-80GB, 8.0
1, GPU-77d0, 550.54.15, [N/A], Strange, Inc. Card, 12.0
"""
OLD_QUERY = "0, GPU-5a6c, 470.256.02, 15109, Tesla T4\n"
LISTED = """\
GPU 0: NVIDIA A100-SXM4-80GB (UUID: GPU-5a6c)
  MIG 1g.10gb     Device  0: (UUID: MIG-0f21)
GPU 1: Strange, Inc. Card (UUID: GPU-77d0)
"""
GONE = (
    "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver. Make sure that"
    " the latest NVIDIA driver is installed and running."
)


def test_gpus_are_read_whatever_their_names_hold() -> None:
    assert nvidia.read_gpus(QUERY) == (
        "550.54.15",
        (
            Gpu("0", "GPU-5a6c", "NVIDIA A100-SXM4-80GB", 81920, "8.0"),
            Gpu("1", "GPU-77d0", "Strange, Inc. Card", None, "12.0"),
        ),
    )


def test_an_old_driver_does_not_tell_the_capability() -> None:
    assert nvidia.read_gpus(OLD_QUERY) == (
        "470.256.02",
        (Gpu("0", "GPU-5a6c", "Tesla T4", 15109, ""),),
    )


@pytest.mark.parametrize("output", ["", "No devices were found\n", GONE, "a, b\n\n1\n"])
def test_what_is_no_list_of_gpus_gives_none(output: str) -> None:
    assert nvidia.read_gpus(output) == ("", ())


def test_parts_of_gpus_are_devices_too() -> None:
    assert nvidia.read_devices(LISTED) == ("GPU-5a6c", "MIG-0f21", "GPU-77d0")


def play(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a program nvidia-smi before all others."""
    program = folder / "nvidia-smi"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")


async def test_both_questions_are_asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "query").write_text(QUERY)
    (tmp_path / "listed").write_text(LISTED)
    script = f'[ "$1" = -L ] && cat {tmp_path}/listed || cat {tmp_path}/query'
    play(tmp_path, script, monkeypatch)
    found = await nvidia.look(30)
    assert (found.driver, len(found.gpus), len(found.devices)) == ("550.54.15", 2, 3)
    assert found.works


async def test_a_driver_without_capabilities_is_asked_again(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    refusal = 'Field "compute_cap" is not a valid field to query.'
    script = f"case $1 in *compute_cap*) echo '{refusal}'; exit 2;; esac; echo '{OLD_QUERY}'"
    play(tmp_path, script, monkeypatch)
    assert (await nvidia.look(30)).driver == "470.256.02"


async def test_a_driver_that_is_gone_is_told_in_its_words(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    play(tmp_path, f'echo "{GONE}"; exit 9', monkeypatch)
    found = await nvidia.look(30)
    assert (found.works, found.problem) == (False, GONE)


async def test_a_driver_that_hangs_is_given_up(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    play(tmp_path, "exec sleep 600", monkeypatch)
    assert (await nvidia.look(0.2)).problem == "nvidia-smi did not answer in 0.2 s"
