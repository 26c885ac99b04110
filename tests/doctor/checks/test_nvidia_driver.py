from __future__ import annotations

import shutil
from dataclasses import replace

import pytest

from argosy.doctor import nvidia as nvidias
from argosy.doctor.checks import nvidia_driver
from argosy.doctor.checks.nvidia_driver import judge
from argosy.doctor.nvidia import Gpu, Nvidia
from tests.doctor.cases import TWO_GPUS, case


def with_driver(version: str) -> Nvidia:
    return replace(TWO_GPUS, driver=version)


@pytest.mark.parametrize(
    ("driver", "cuda"), [("580.65.06", "13"), ("610.10", "13"), ("525.60.13", "12")]
)
def test_a_driver_runs_the_cuda_that_it_is_new_enough_for(driver: str, cuda: str) -> None:
    result = judge(with_driver(driver))[0]
    assert (result.verdict, f"runs CUDA up to {cuda}" in result.found) == ("ok", True)


def test_what_a_newer_cuda_needs_is_said() -> None:
    assert judge(TWO_GPUS)[0].found == (
        "550.54.15, 2 GPUs, runs CUDA up to 12; CUDA 13 needs driver 580"
    )


@pytest.mark.parametrize("driver", ["470.256.02", "390.157"])
def test_a_driver_older_than_todays_packages_fails(driver: str) -> None:
    result = judge(with_driver(driver))[0]
    assert (result.verdict, "525" in result.why) == ("failure", True)


def test_each_gpu_is_shown() -> None:
    assert [one.found for one in judge(TWO_GPUS)[1:]] == [
        "NVIDIA A100-SXM4-80GB, 80 GiB, capability 8.0",
        "Tesla T4, 15 GiB, capability 7.5",
    ]


def test_a_gpu_that_pytorch_left_behind_is_a_warning() -> None:
    volta = Gpu("0", "GPU-1", "Tesla V100", 16384, "7.0")
    result = judge(replace(TWO_GPUS, gpus=(volta,)))[1]
    assert (result.verdict, "cu126" in result.mend) == ("warning", True)


@pytest.mark.parametrize(
    ("problem", "mend"),
    [
        ("Failed to initialize NVML: Driver/library version mismatch", "sudo reboot"),
        (
            "NVIDIA-SMI has failed because it couldn't communicate with the NVIDIA driver.",
            "sudo modprobe nvidia",
        ),
        ("No devices were found", "sudo dmesg | grep -i nvrm"),
        ("nvidia-smi did not answer in 10 s", "sudo reboot"),
        ("something new", nvidia_driver.INSTALL),
    ],
)
def test_a_driver_that_does_not_work_is_mended_by_what_it_says(problem: str, mend: str) -> None:
    (result,) = judge(Nvidia(1, "550.54.15", problem=problem))
    assert (result.verdict, result.mend) == ("failure", mend)
    assert result.found.startswith("does not work: ")


def test_a_gpu_without_driver_gets_one() -> None:
    (result,) = judge(Nvidia(cards=2))
    assert result.found == "none, for 2 GPUs in this machine"
    assert result.mend == nvidia_driver.INSTALL


def test_a_module_without_programs_is_incomplete() -> None:
    (result,) = judge(Nvidia(1, "550.54.15"))
    assert "550.54.15, without its programs" in result.found


async def test_a_machine_without_gpu_says_so_plainly() -> None:
    if shutil.which("nvidia-smi"):
        pytest.skip("this machine has NVIDIA's programs")
    (result,) = await nvidia_driver.check(case(nvidia=await nvidias.look(30)))
    assert result.found == "this machine has no NVIDIA GPU"
    assert "resources.gpus" in result.why
